using System.Net;
using System.Text;
using Gateway.Fakes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Security;

/// <summary>What no client should send is a 400 that says so, never the gateway's own failure.</summary>
public sealed class BadRequestTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    public static TheoryData<string> HalfCharacters => new(
        """{"model":"MODEL","max_tokens":5,"messages":[{"\ud83d":"user","role":"user","content":"Hi"}]}""",
        """{"\udc00":1,"model":"MODEL","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}""",
        """{"model":"MODEL\ud83d","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}""",
        """{"model":"MODEL","max_tokens":5,"messages":[{"role":"us\ud800er","content":"Hi"}]}""",
        """{"model":"MODEL","max_tokens":5,"metadata":{"\ud800":"x"},"messages":[{"role":"user","content":"Hi"}]}""",
        """{"model":"MODEL","max_tokens":5,"metadata":{"a":"\ud800"},"messages":[{"role":"user","content":"Hi"}]}""");

    /// <summary>Where only a route's own reader comes by: it may be read over, as it is in texts (rule E161), but is no failure of ours.</summary>
    public static TheoryData<string> DeepHalfCharacters => new(
        """{"model":"MODEL","max_tokens":5,"messages":[{"role":"user","content":[{"type":"te\ud800xt","text":"Hi"}]}]}""",
        """{"model":"MODEL","max_tokens":5,"messages":[{"role":"user","content":[{"\ud800":1,"type":"text","text":"Hi"}]}]}""",
        """{"model":"MODEL","max_tokens":5,"messages":[{"role":"user","content":[{"type":"text","text":"Hi\ud83d"}]}]}""",
        """{"model":"MODEL","max_tokens":5,"thinking":{"type":"\ud800"},"messages":[{"role":"user","content":"Hi"}]}""",
        """
        {"model":"MODEL","max_tokens":5,"messages":[{"role":"user","content":"Hi"},
         {"role":"assistant","content":[{"type":"thinking","\ud800":1,"thinking":"x"},{"type":"\udc00","text":"y"}]},{"role":"user","content":"Hi"}]}
        """,
        """
        {"model":"MODEL","max_tokens":5,"context_management":{"\ud800":[],"edits":[{"\ud800":1}]},"messages":[{"role":"user","content":"Hi"},
         {"role":"assistant","content":[{"type":"thinking","thinking":"x"},{"type":"text","text":"y"}]},{"role":"user","content":"Hi"}]}
        """,
        """
        {"model":"MODEL","max_tokens":5,"tools":[{"name":"t","strict":true,"input_schema":{"type":"object","\ud800":1,"properties":{"\udc00":{}},
         "required":["\ud800"],"additionalProperties":false}}],"messages":[{"role":"user","content":"Hi"}]}
        """,
        """
        {"model":"MODEL","max_tokens":5,"tools":[{"name":"t\ud800","description":"\ud800","input_schema":{"type":"obj\ud800ect"}}],
         "messages":[{"role":"user","content":"Hi"}]}
        """,
        """
        {"model":"MODEL","max_tokens":5,"messages":[{"role":"user","content":"Hi"},
         {"role":"assistant","content":[{"type":"tool_use","id":"\ud800","name":"\ud800","input":{"\ud800":"\ud800"}}]},
         {"role":"user","content":[{"type":"tool_result","tool_use_id":"\ud800","content":"x\ud800"}]}]}
        """);

    [Theory]
    [MemberData(nameof(HalfCharacters))]
    public async Task Half_of_a_character_where_it_must_be_read_is_refused(string body)
    {
        foreach (var model in new[] { "native/model-4.5", "translated/model", "responses/model", "gemini/model" })
        {
            foreach (var path in new[] { "/v1/messages", "/v1/messages/count_tokens" })
                Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(path, body.Replace("MODEL", model), TestGateway.ApiKey)).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("/admin/v1/explain", body.Replace("MODEL", model), TestGateway.AdminKey)).Status);
        }
    }

    [Theory]
    [MemberData(nameof(DeepHalfCharacters))]
    public async Task Half_of_a_character_anywhere_is_no_failure_of_the_gateway(string body)
    {
        // A provider that takes the bytes as they are, as native routes send them.
        shared.Gateway.Upstream.Always(
            r => r.Path.EndsWith("/messages", StringComparison.Ordinal) || r.Path.EndsWith("/count_tokens", StringComparison.Ordinal),
            r => Answer.Json(r.Path.EndsWith("/messages", StringComparison.Ordinal) ? Streams.WholeMessage : """{"input_tokens":1}"""));
        foreach (var model in new[] { "native/model-4.5", "translated/model", "responses/model", "gemini/model" })
        {
            foreach (var (path, key) in new[]
                     {
                         ("/v1/messages", TestGateway.ApiKey), ("/v1/messages/count_tokens", TestGateway.ApiKey), ("/admin/v1/explain", TestGateway.AdminKey),
                     })
            {
                var (status, text) = await SendAsync(path, body.Replace("MODEL", model), key);
                Assert.True(status is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{model} {path}: {status} {text}");
            }
        }
    }

    [Theory]
    [InlineData("POST", "/admin/v1/keys", """{"name":"\ud800"}""")]
    [InlineData("POST", "/admin/v1/keys", """{"\ud800":1}""")]
    [InlineData("POST", "/admin/v1/keys", """{"metadata":{"\ud800":"x"}}""")]
    [InlineData("POST", "/admin/v1/teams", """{"name":"\udfff"}""")]
    [InlineData("POST", "/admin/v1/organizations", """{"budget":{"\udfff":1}}""")]
    [InlineData("GET", "/admin/v1/reconciliation?keyId=", "")]
    [InlineData("GET", "/admin/v1/reconciliation?keyId=%20", "")]
    [InlineData("GET", "/admin/v1/reconciliation?keyId=../x", "")]
    [InlineData("GET", "/admin/v1/reconciliation?keyId=%00", "")]
    [InlineData("GET", "/admin/v1/usage?from=%ff", "")]
    public async Task An_admin_call_that_cannot_be_meant_is_refused(string method, string path, string body)
    {
        var (status, text) = await SendAsync(path, body, TestGateway.AdminKey, method);
        Assert.True(status == HttpStatusCode.BadRequest, $"{status} {text}");
    }

    [Theory]
    [InlineData("/admin/v1/keys/%20/usage")]
    [InlineData("/admin/v1/keys/%20/events")]
    [InlineData("/admin/v1/keys/a%20b")]
    [InlineData("/admin/v1/teams/%00")]
    public async Task What_cannot_be_an_id_names_nothing(string path)
    {
        var (status, text) = await SendAsync(path, "", TestGateway.AdminKey, "GET");
        Assert.True(status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{status} {text}");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData(null)]
    public async Task A_body_of_the_admin_api_is_called_json(string? type)
    {
        var (status, text) = await SendAsync("/admin/v1/keys", """{"name":"form"}""", TestGateway.AdminKey, type: type);
        Assert.True(status == HttpStatusCode.UnsupportedMediaType, $"{status} {text}");
        Assert.Contains("application/json", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF\r\n")]
    [InlineData("7FFFFFFF\r\n")]
    [InlineData("80000000\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("xyz\r\n")]
    [InlineData("\r\n")]
    [InlineData("5\r\n{\"nam")]
    [InlineData("3\r\n{}}}}}\r\n")]
    public async Task A_chunk_of_an_impossible_size_is_refused(string chunks)
    {
        foreach (var (path, key) in new[] { ("/v1/messages", TestGateway.ApiKey), ("/admin/v1/keys", TestGateway.AdminKey) })
        {
            var url = new Uri(shared.Gateway.Url);
            var (status, text) = await RawClient.SendAsync(
                url,
                $"POST {path} HTTP/1.1\r\nHost: {url.Authority}\r\nx-api-key: {key}\r\nContent-Type: application/json\r\nConnection: close\r\n"
                + $"Transfer-Encoding: chunked\r\n\r\n{chunks}{(chunks.EndsWith("\r\n") ? "\r\n0\r\n\r\n" : "\r\nzz\r\n")}");
            Assert.True(status is 400 or 413, $"{path} {status} {text}");
        }
    }

    [Fact]
    public async Task A_page_may_use_every_method_of_the_admin_api()
    {
        foreach (var method in new[] { "GET", "POST", "PATCH", "DELETE" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, "/admin/v1/keys/key_1");
            request.Headers.Add("Origin", "http://console.example");
            request.Headers.Add("Access-Control-Request-Method", method);
            request.Headers.Add("Access-Control-Request-Headers", "x-api-key,content-type");
            using var answer = await shared.Gateway.SendAsync(request);
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
            Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Contains(method, answer.Headers.GetValues("Access-Control-Allow-Methods").Single().Split(", "));
        }
    }

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(
        string path, string body, string key, string method = "POST", string? type = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Add("x-api-key", key);
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (type is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        using var answer = await shared.Gateway.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
