using System.Buffers;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Providers;
using Gateway.Providers.Dialects;

namespace Gateway.Tests.Translation;

/// <summary>What of a wire format is no request, stream or answer: its counter, its paths, its provider.</summary>
public class FormatTests
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(
        """{"model":"m","max_tokens":9,"system":"s","stream":true,"temperature":1,"metadata":{"user_id":"u"},"thinking":{"type":"adaptive"}"""
        + ""","tools":[{"name":"t","input_schema":{"type":"object","properties":{}}}],"messages":[{"role":"user","content":"Hi"}]}""");

    [Fact]
    public void The_counter_of_Responses_is_given_only_what_it_knows()
    {
        using var json = Counting("openai-responses", out var counter);
        Assert.Equal(["model", "input", "tools", "reasoning"], json.RootElement.EnumerateObject().Select(m => m.Name));
        Assert.Equal(7, counter.Read("""{"object":"response.input_tokens","input_tokens":7}"""u8.ToArray()));
    }

    [Fact]
    public void The_counter_of_Gemini_is_given_the_whole_request_with_its_model()
    {
        using var json = Counting("gemini", out var counter);
        var request = json.RootElement.GetProperty("generateContentRequest");
        Assert.Equal(["model", "systemInstruction", "contents", "tools", "generationConfig"], request.EnumerateObject().Select(m => m.Name));
        Assert.Equal("models/upstream-model", request.GetProperty("model").GetString());
        Assert.Equal(7, counter.Read("""{"totalTokens":7}"""u8.ToArray()));
    }

    [Theory]
    [InlineData("openai-responses")]
    [InlineData("gemini")]
    public void A_counter_whose_answer_says_nothing_is_left_for_an_estimate(string dialect)
    {
        using var json = Counting(dialect, out var counter);
        foreach (var answer in new[] { "", "{}", "null", "oops", "{\"totalTokens\":\"7\",\"input_tokens\":null}" })
            Assert.Null(counter.Read(Encoding.UTF8.GetBytes(answer)));
    }

    [Theory]
    [InlineData("gemini-2.5-pro", false, "/models/gemini-2.5-pro:generateContent")]
    [InlineData("gemini-2.5-pro", true, "/models/gemini-2.5-pro:streamGenerateContent?alt=sse")]
    [InlineData("tunedModels/my model", false, "/tunedModels/my%20model:generateContent")]
    [InlineData("models/gemini-2.5-pro", false, "/models/gemini-2.5-pro:generateContent")]
    [InlineData("../files?x", false, "/models/..%2Ffiles%3Fx:generateContent")]
    public void Gemini_has_the_model_in_the_path_as_one_segment(string model, bool stream, string path) =>
        Assert.Equal(path, KnownDialects.Find("gemini")!.Path(Operations.Generate, model, stream));

    [Fact]
    public void Gemini_needs_no_more_than_its_name_in_the_catalog()
    {
        var profile = ProviderDescriptors.Resolve("gemini", new ProviderEntry { Dialect = "gemini" })!;
        Assert.Equal("https://generativelanguage.googleapis.com/v1beta", profile.BaseUrl);
        Assert.Equal(CredentialHeader.XGoogApiKey, profile.Credentials);
    }

    [Fact]
    public void OpenAI_is_the_same_provider_over_both_of_its_formats()
    {
        var chat = ProviderDescriptors.Resolve("openai", new ProviderEntry { Dialect = "openai-chat" })!;
        var responses = ProviderDescriptors.Resolve("openai", new ProviderEntry { Dialect = "openai-responses" })!;
        Assert.Equal((chat.BaseUrl, chat.Credentials, chat.Quirks), (responses.BaseUrl, responses.Credentials, responses.Quirks));
        Assert.Equal("/responses", responses.Dialect.Path(Operations.Generate, "gpt", stream: true));
    }

    private static JsonDocument Counting(string dialect, out ITokenCounter counter)
    {
        using var scope = new CallScope(Body, dialect: dialect);
        var output = new ArrayBufferWriter<byte>();
        counter = Translating.Of(scope.Call).CounterOf(default)!;
        counter.WriteRequest(scope.Call, output);
        return JsonDocument.Parse(output.WrittenMemory);
    }
}
