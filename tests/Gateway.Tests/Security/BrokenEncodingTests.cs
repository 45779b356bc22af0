using System.Net;
using System.Text;
using Gateway.Fakes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Security;

/// <summary>Bodies that are not in the encoding they call themselves: the client's fault or the provider's, never the gateway's.</summary>
public sealed class BrokenEncodingTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private static readonly byte[] Garbage = Encoding.ASCII.GetBytes(
        """{"model":"native/model-4.5","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}""");

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_request_is_refused(string encoding)
    {
        foreach (var (path, key) in new[]
                 {
                     ("/v1/messages", TestGateway.ApiKey), ("/v1/messages/count_tokens", TestGateway.ApiKey), ("/admin/v1/keys", TestGateway.AdminKey),
                     ("/admin/v1/explain", TestGateway.AdminKey),
                 })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Garbage) };
            request.Headers.Add("x-api-key", key);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
            using var answer = await shared.Gateway.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{path} {answer.StatusCode} {text}");
            Assert.Contains(encoding, text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gzip", "native/model-4.5")]
    [InlineData("deflate", "native/model-4.5")]
    [InlineData("br", "native/model-4.5")]
    [InlineData("gzip", "translated/model")]
    [InlineData("br", "translated/model")]
    [InlineData("br", "responses/model")]
    [InlineData("br", "gemini/model")]
    public async Task An_answer_is_the_providers_fault(string encoding, string model)
    {
        foreach (var stream in new[] { false, true })
        {
            var marker = $"encoding-{Guid.NewGuid():N}";
            shared.Gateway.Upstream.Script(
                r => r.Text.Contains(marker, StringComparison.Ordinal),
                (stream ? Answer.Sse() : new Answer().Header("content-type", "application/json")).Header("content-encoding", encoding).Raw(Garbage));
            using var answer = await shared.Gateway.SendAsync(TestGateway.Messages(model, stream, marker));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.BadGateway, $"{answer.StatusCode} {text}");
            Assert.Contains("cannot be decoded", text, StringComparison.Ordinal);
        }
    }
}
