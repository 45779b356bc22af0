using System.Buffers;
using System.Text;
using Gateway.Contracts.Catalog;
using Gateway.Providers;
using Gateway.Providers.Answers;
using Gateway.Providers.Dialects;
using Gateway.Providers.Requests;

namespace Gateway.Benchmarks.Hot;

/// <summary>Whole messages translated: a request of a coding client into a provider's, and a provider's answer into Anthropic's.</summary>
internal static class MessagePieces
{
    /// <summary>Text as it is in conversations about code: an escape in every line.</summary>
    private const string Line = "    const total = items.reduce((sum, item) => sum + item.price * 3, 0); // \\\"net\\\"\\n";

    private const string Tool =
        """{"name":"get_weather","description":"The weather of a place.","input_schema":{"type":"object","properties":{"place":{"type":"string"}}}}""";

    public static IReadOnlyList<HotPiece> All { get; } =
    [
        Request("translate-request-2kB", 2_000),
        Request("translate-request-57kB", 57_000),
        Estimate("estimate-request-57kB", 57_000),
        Answer("translate-answer-3kB", 3_000),
    ];

    /// <summary>From the bytes of the client's request to those of the provider's.</summary>
    private static HotPiece Request(string name, int size)
    {
        var body = Body(size);
        var provider = Provider();
        var output = new ArrayBufferWriter<byte>(2 * size);
        return new(name, 1, () =>
        {
            output.ResetWrittenCount();
            using var request = RequestParser.Parse(body);
            var call = new ProviderCall(request, provider, "upstream-model", null);
            provider.Dialect.Translation!.WriteRequest(call, output);
        });
    }

    /// <summary>The tokens of a request, which the beginning of a stream says.</summary>
    private static HotPiece Estimate(string name, int size)
    {
        var request = RequestParser.Parse(Body(size));
        return new(name, 1, () => RequestEstimate.Of(request));
    }

    private static HotPiece Answer(string name, int size)
    {
        var provider = Provider();
        var request = RequestParser.Parse(Body(2_000));
        var text = Lines(size - 400);
        var body = Encoding.UTF8.GetBytes(
            $$$$"""{"id":"chatcmpl-hot","object":"chat.completion","created":1767225600,"model":"m","choices":[{"index":0"""
            + $$$$""","message":{"role":"assistant","content":"{{{{text}}}}","refusal":null},"logprobs":null,"finish_reason":"stop"}]"""
            + $$$$""","usage":{"prompt_tokens":500,"completion_tokens":700,"total_tokens":1200,"prompt_tokens_details":{"cached_tokens":0}}}""");
        var output = new ArrayBufferWriter<byte>(2 * size);
        return new(name, 1, () =>
        {
            output.ResetWrittenCount();
            var call = new ProviderCall(request, provider, "upstream-model", null);
            using var writer = new DocumentAnswerWriter(output);
            provider.Dialect.Translation!.ReadResponse(call, body, new Answer(call.AnswerOptions(new AnswerHead("msg_hot", "m")), writer));
        });
    }

    private static byte[] Body(int size) => Encoding.UTF8.GetBytes(
        $$$$"""{"model":"claude-sonnet-4-5","max_tokens":1024,"stream":true,"system":[{"type":"text","text":"You help."}],"tools":[{{{{Tool}}}}]"""
        + $$$$""","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text","text":"Hello."},"""
        + $$$$"""{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{"place":"Oslo"}}]},{"role":"user","content":["""
        + $$$$"""{"type":"tool_result","tool_use_id":"toolu_1","content":"Rain."},{"type":"text","text":"{{{{Lines(size - 620)}}}}"}]}]}""");

    private static string Lines(int size) => string.Concat(Enumerable.Repeat(Line, size / Line.Length));

    private static ProviderProfile Provider() =>
        ProviderDescriptors.Resolve("hot", new ProviderEntry { Dialect = "openai-chat", BaseUrl = "https://provider.example" })!;
}
