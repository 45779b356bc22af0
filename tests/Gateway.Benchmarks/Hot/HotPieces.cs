using System.Buffers;
using System.Text;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Sse;
using Gateway.Hosting;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Requests;
using Gateway.ProviderAdapter.Credentials;
using Gateway.Providers;
using Gateway.Providers.Answers;
using Gateway.Providers.Dialects;
using Gateway.Providers.Requests;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks.Hot;

/// <summary>The pieces that benchmarks time and that the allocation test counts; <see cref="StorePieces"/> are those that need a store.</summary>
internal static class HotPieces
{
    private const int Events = 1000;

    public static IReadOnlyList<HotPiece> All { get; } =
    [
        // 24 bytes of each are the way of a body's deadline and of its part of the budget, which a small one has none of.
        Splice("splice-request-57kB", 57_000),
        Splice("splice-request-2kB", 2_000),
        new("sse-read-event", Events, ReadEvents(AnthropicStream(), static (in SseEvent _) => { })),
        MeterEvents(),
        MaskEvents("mask-event", 1),
        MaskEvents("mask-burst-of-200", 200),
        OpenAiEvents("openai-chat-text-event", """{"content":"lorem ipsum dolor "}"""),
        OpenAiEvents("openai-chat-tool-event", """{"tool_calls":[{"index":0,"function":{"arguments":"lorem ipsum "}}]}""",
            """{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"q\":\""}}]}""",
            """{"tool_calls":[{"index":0,"function":{"arguments":"\"}"}}]}"""),
        Translated("openai-responses-text-event", "openai-responses", ResponsesStream()),
        Translated("gemini-text-event", "gemini", GeminiStream()),
        .. MessagePieces.All,
        .. UsageEventPieces.All,
    ];

    private delegate void OnEvent(in SseEvent e);

    /// <summary>From the client's body to the bytes of the next hop: read whole, envelope, model replaced.</summary>
    private static HotPiece Splice(string name, int size)
    {
        var text = new string('x', size - 120);
        var body = Encoding.UTF8.GetBytes(
            $$"""{"model":"claude-sonnet-4-5","max_tokens":1024,"stream":true,"messages":[{"role":"user","content":"{{text}}"}]}""");
        var stream = new MemoryStream(body);
        var context = new DefaultHttpContext { Request = { Body = stream, ContentLength = body.Length } };
        return new(name, 1, () =>
        {
            stream.Position = 0;
            using var read = ClientBody.ReadAsync(context.Request, share: null, default).AsTask().GetAwaiter().GetResult();
            var envelope = EnvelopeReader.Read(read.WrittenSpan, counting: false, EnvelopeReader.Version2023);
            using var content = new PooledContent(read, envelope.SplicesFor("claude-sonnet-4-5-20250929"));
            content.CopyToAsync(Stream.Null).GetAwaiter().GetResult();
        });
    }

    private static HotPiece MeterEvents()
    {
        var meter = new AnswerMeter();
        return new("meter-event", Events, ReadEvents(AnthropicStream(), (in SseEvent e) => meter.Read(e)));
    }

    /// <summary>Credentials covered in what a provider streams: eight of them, as they begin with the same letters, and none in it.</summary>
    private static HotPiece MaskEvents(string name, int atOnce)
    {
        var mask = new SecretMask();
        for (var i = 0; i < 8; i++)
            mask.Learn($"sk-proj-{i}{new string((char)('a' + i), 40)}");
        var bytes = AnthropicStream();
        var piece = bytes.Length / Events * atOnce;
        return new(name, Events, () =>
        {
            for (var from = 0; from < bytes.Length; from += piece)
            {
                var span = bytes.AsSpan(from, Math.Min(piece, bytes.Length - from));
                mask.Apply(span);
                if (mask.Unsettled(span) > 0)
                    throw new InvalidOperationException("An event ends in none.");
            }
        });
    }

    /// <summary>A provider's chunks to Anthropic's events; a whole stream a run, so what a stream costs once is spread over its events.</summary>
    private static HotPiece OpenAiEvents(string name, string delta, string? first = null, string? last = null)
    {
        var input = new StringBuilder(Chunk("""{"role":"assistant","content":""}"""));
        if (first is not null)
            input.Append(Chunk(first));
        for (var i = 0; i < Events; i++)
            input.Append(Chunk(delta));
        if (last is not null)
            input.Append(Chunk(last));
        input.Append(Chunk("{}", last is null ? "\"stop\"" : "\"tool_calls\"")).Append("data: [DONE]\n\n");
        return Translated(name, "openai-chat", input.ToString());

        static string Chunk(string delta, string finish = "null") =>
            $$"""data: {"id":"chatcmpl-hot","object":"chat.completion.chunk","created":1767225600,"model":"m","choices":[{"index":0"""
            + $$""","delta":{{delta}},"logprobs":null,"finish_reason":{{finish}}}]}""" + "\n\n";
    }

    private static HotPiece Translated(string name, string dialect, string stream)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        var provider = ProviderDescriptors.Resolve("hot", new ProviderEntry { Dialect = dialect, BaseUrl = "https://provider.example" })!;
        var request = """
            {"model":"m","max_tokens":100,"stream":true,"tools":[{"name":"get_weather","input_schema":{"type":"object"}}],
             "messages":[{"role":"user","content":"Hi"}]}
            """u8.ToArray();
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        return new(name, Events, () =>
        {
            var call = new ProviderCall(RequestParser.Parse(request), provider, "upstream-model", null);
            using var writer = new EventAnswerWriter(output);
            var translator = provider.Dialect.Translation!.ReadStream(call, new Answer(call.AnswerOptions(new AnswerHead("msg_hot", "m")), writer));
            Read(bytes, (in SseEvent e) =>
            {
                translator.Translate(e);
                output.ResetWrittenCount();
            });
            translator.End();
            if (translator.State != StreamState.Done)
                throw new InvalidOperationException("The stream was not translated to its end.");
        });
    }

    private static string ResponsesStream()
    {
        var text = new StringBuilder();
        var number = 0;
        Add("response.created", "\"response\":{\"id\":\"resp_hot\",\"status\":\"in_progress\",\"model\":\"m\"}");
        Add(
            "response.output_item.added",
            "\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"in_progress\",\"role\":\"assistant\",\"content\":[]}");
        Add(
            "response.content_part.added",
            "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"\",\"annotations\":[]}");
        for (var i = 0; i < Events; i++)
            Add("response.output_text.delta", "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"lorem ipsum dolor \"");
        Add(
            "response.completed",
            "\"response\":{\"id\":\"resp_hot\",\"status\":\"completed\",\"model\":\"m\",\"output\":[],\"usage\":{\"input_tokens\":10,"
            + "\"output_tokens\":1000,\"total_tokens\":1010}}");
        return text.ToString();

        void Add(string type, string members) => text.Append($"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{number++},{members}}}\n\n");
    }

    private static string GeminiStream()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Events; i++)
            text.Append(
                "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"lorem ipsum dolor \"}],\"role\":\"model\"},\"index\":0}],"
                + "\"modelVersion\":\"m\"}\n\n");
        return text.Append(
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}],"
            + "\"usageMetadata\":{\"promptTokenCount\":10,\"candidatesTokenCount\":1000,\"totalTokenCount\":1010}}\n\n").ToString();
    }

    private static byte[] AnthropicStream()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Events; i++)
            text.Append(
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"lorem ipsum "
                + "dolor \"}}\n\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static Action ReadEvents(byte[] bytes, OnEvent onEvent) => () => Read(bytes, onEvent);

    private static void Read(byte[] bytes, OnEvent onEvent)
    {
        using var reader = new SseReader(new MemoryStream(bytes));
        do
        {
            while (reader.TryRead(out var e))
                onEvent(e);
        }
        while (reader.FillAsync(default).AsTask().GetAwaiter().GetResult());
    }
}
