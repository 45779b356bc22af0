using System.Buffers;
using System.Text;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Providers;
using Gateway.Providers.Answers;
using Gateway.Providers.Dialects;
using Gateway.Providers.Requests;

namespace Gateway.Tests.Translation;

/// <summary>Bodies that are no JSON, or JSON that cannot be read: the provider's fault, and said so.</summary>
public sealed class BrokenAnswerTests
{
    [Theory]
    [InlineData("gemini", """[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},{"candid""")]
    [InlineData("gemini", """[{"candidates" 1}]""")]
    [InlineData("openai-chat", """{"\ud83dx":1,"message":"no"}""")]
    [InlineData("openai-chat", """{"error":{"message":"{\"\\ud83dx\":1}"}}""")]
    public void An_answer_that_cannot_be_read_is_the_providers_fault(string dialect, string body)
    {
        var provider = ProviderDescriptors.Resolve("broken", new ProviderEntry { Dialect = dialect, BaseUrl = "https://provider.example" })!;
        using var request = RequestParser.Parse("""{"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hi"}]}"""u8.ToArray());
        var call = new ProviderCall(request, provider, "upstream-model", null);
        using var writer = new DocumentAnswerWriter(new ArrayBufferWriter<byte>());
        var answer = new Answer(call.AnswerOptions(new AnswerHead("msg_broken", "m")), writer);
        Assert.ThrowsAny<GatewayException>(() => WholeAnswer.Read(call, Encoding.UTF8.GetBytes(body), answer));
    }
}
