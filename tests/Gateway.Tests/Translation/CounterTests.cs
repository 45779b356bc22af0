using System.Buffers;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Providers;

namespace Gateway.Tests.Translation;

/// <summary>Counters that are no part of Chat Completions but stand beside it at some providers (rule E152).</summary>
public class CounterTests
{
    [Theory]
    [InlineData("openai", "https://api.openai.com/v1/responses/input_tokens", """{"object":"response.input_tokens","input_tokens":7}""")]
    [InlineData("llamacpp", "http://localhost:8080/v1/chat/completions/input_tokens", """{"object":"response.input_tokens","input_tokens":7}""")]
    [InlineData("vllm", "http://localhost:8000/tokenize", """{"count":7,"max_model_len":4096,"tokens":[1,2,3,4,5,6,7]}""")]
    [InlineData("moonshot", "https://api.moonshot.ai/v1/tokenizers/estimate-token-count", """{"data":{"total_tokens":7}}""")]
    [InlineData("zhipu", "https://api.z.ai/api/paas/v4/tokenizer", """{"id":"1","usage":{"prompt_tokens":7}}""")]
    public void A_provider_with_a_counter_of_its_own_is_asked_there(string provider, string url, string answer)
    {
        var profile = ProviderDescriptors.Resolve(provider, new ProviderEntry { Dialect = "openai-chat" })!;
        Assert.Equal(url, new Uri(profile.BaseUrl + profile.Path(Operations.CountTokens, "m", stream: false)).AbsoluteUri);
        Assert.Equal("/chat/completions", profile.Path(Operations.Generate, "m", stream: false));
        var counter = profile.Dialect.Translation!.CounterOf(profile.Quirks)!;
        Assert.Equal(7, counter.Read(Encoding.UTF8.GetBytes(answer)));
        Assert.All(
            ["", "{}", "null", "oops", """{"data":null,"usage":7,"count":"x"}"""], nothing => Assert.Null(counter.Read(Encoding.UTF8.GetBytes(nothing))));
    }

    [Fact]
    public void The_others_have_none() => Assert.All(
        ProviderDescriptors.All.Select(d => d.Name).Except(["openai", "llamacpp", "vllm", "moonshot", "zhipu"]),
        name =>
        {
            var profile = ProviderDescriptors.Resolve(name, new ProviderEntry { Dialect = "openai-chat", BaseUrl = "https://provider.example" })!;
            Assert.Null(profile.Dialect.Translation!.CounterOf(profile.Quirks));
            Assert.Null(profile.Path(Operations.CountTokens, "m", stream: false));
        });

    [Theory]
    [InlineData("counts-by-chat-request")]
    [InlineData("counts-by-tokenize")]
    public void It_is_given_messages_and_tools_and_nothing_that_generates(string quirk)
    {
        using var scope = new CallScope($"[\"{quirk}\"]");
        var output = new ArrayBufferWriter<byte>();
        scope.Call.Provider.Dialect.Translation!.CounterOf(scope.Call.Provider.Quirks)!.WriteRequest(scope.Call, output);
        using var json = JsonDocument.Parse(output.WrittenMemory);
        Assert.Equal(["model", "messages", "tools"], json.RootElement.EnumerateObject().Select(m => m.Name));
        Assert.Equal("upstream-model", json.RootElement.GetProperty("model").GetString());
        Assert.Equal(2, json.RootElement.GetProperty("tools").GetArrayLength());
    }

    [Fact]
    public void One_of_the_Responses_format_is_given_a_request_of_that_format()
    {
        using var scope = new CallScope("[\"counts-by-responses\"]");
        var output = new ArrayBufferWriter<byte>();
        scope.Call.Provider.Dialect.Translation!.CounterOf(scope.Call.Provider.Quirks)!.WriteRequest(scope.Call, output);
        using var json = JsonDocument.Parse(output.WrittenMemory);
        Assert.True(json.RootElement.TryGetProperty("input", out _));
        Assert.False(json.RootElement.TryGetProperty("messages", out _));
    }
}
