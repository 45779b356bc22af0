using System.Net;
using System.Text.Json;

namespace Gateway.Tests.EndToEnd;

/// <summary>The front door as the clients of five gateways know it.</summary>
public sealed class SurfaceTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    public static TheoryData<string> Roots => new() { "/v1", "/api/v1", "/anthropic/v1", "/v1/anthropic", "/v1/anthropic/v1" };

    [Theory]
    [MemberData(nameof(Roots))]
    public async Task Contract_C1_every_documented_path_serves_messages_counts_and_models(string root)
    {
        using var message = await _gateway.SendAsync(TestGateway.Messages("demo/echo", false, path: root + "/messages?beta=true"));
        Assert.Equal(HttpStatusCode.OK, message.StatusCode);
        using var count = await _gateway.SendAsync(
            TestGateway.Post(root + "/messages/count_tokens", """{"model":"demo/echo","messages":[{"role":"user","content":"Hello"}]}"""));
        Assert.Equal(HttpStatusCode.OK, count.StatusCode);
        Assert.True((await JsonAsync(count)).GetProperty("input_tokens").GetInt64() > 0);
        using var models = await GetAsync(root + "/models?limit=1000");
        Assert.Contains((await JsonAsync(models)).GetProperty("data").EnumerateArray(), m => m.GetProperty("id").GetString() == "demo/echo");
        using var model = await GetAsync(root + "/models/claude-test-4.5");
        var info = await JsonAsync(model);
        Assert.Equal(
            ("native/model-4.5", "model", 200000),
            (info.GetProperty("id").GetString(), info.GetProperty("type").GetString(), info.GetProperty("max_input_tokens").GetInt32()));
    }

    [Theory]
    [InlineData("x-api-key", "{0}", HttpStatusCode.OK)]
    [InlineData("Authorization", "Bearer {0}", HttpStatusCode.OK)]
    [InlineData("Authorization", "bearer {0}", HttpStatusCode.OK)]
    [InlineData("x-api-key", "wrong", HttpStatusCode.Unauthorized)]
    [InlineData("Authorization", "Basic {0}", HttpStatusCode.Unauthorized)]
    [InlineData("x-other", "{0}", HttpStatusCode.Unauthorized)]
    public async Task Contract_C2_either_key_header_is_taken(string header, string value, HttpStatusCode expected)
    {
        using var request = TestGateway.Messages("demo/echo", false, key: null);
        request.Headers.TryAddWithoutValidation(header, string.Format(value, TestGateway.ApiKey));
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
        if (expected == HttpStatusCode.Unauthorized)
            await AssertErrorAsync(response, "authentication_error");
    }

    [Theory]
    [InlineData(TestGateway.ApiKey, "other", true)]
    [InlineData("other", TestGateway.ApiKey, true)]
    [InlineData("other", "another", false)]
    public async Task Contract_C2_of_two_different_keys_the_one_of_this_gateway_counts(string apiKey, string bearer, bool ok)
    {
        using var request = TestGateway.Messages("demo/echo", false, key: apiKey);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + bearer);
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(ok ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("2023-06-01", HttpStatusCode.OK)]
    [InlineData("2026-10-21", HttpStatusCode.OK)]
    [InlineData("1999-01-01", HttpStatusCode.BadRequest)]
    public async Task Both_api_versions_are_served(string version, HttpStatusCode expected)
    {
        using var request = TestGateway.Messages("demo/echo", false);
        request.Headers.Add("anthropic-version", version);
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/hello")]
    [InlineData("/v1/anthropic/api/hello")]
    public async Task Rule_E146_probes_are_answered_without_a_key(string path)
    {
        using var response = await _gateway.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Rule_E146_browsers_may_call()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/messages");
        preflight.Headers.Add("Origin", "https://example.com");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "x-api-key, anthropic-version");
        using var response = await _gateway.SendAsync(preflight);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("x-api-key", response.Headers.GetValues("Access-Control-Allow-Headers").Single());
    }

    [Fact]
    public async Task Every_answer_has_a_request_id_and_keeps_the_callers_own()
    {
        using var request = TestGateway.Messages("no-such-model", false);
        request.Headers.Add("x-request-id", "mine-1");
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("mine-1", response.Headers.GetValues("x-request-id").Single());
        var error = await AssertErrorAsync(response, "not_found_error");
        Assert.Equal("model: no-such-model", error);
    }

    [Theory]
    [InlineData("GET", "/v1/messages", 405)]
    [InlineData("POST", "/v1/nothing", 404)]
    [InlineData("POST", "/v1/models", 405)]
    [InlineData("GET", "/", 404)]
    public async Task What_there_is_not_is_said_in_anthropics_shape(string method, string path, int status)
    {
        using var response = await _gateway.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(status, (int)response.StatusCode);
        await AssertErrorAsync(response, status == 404 ? "not_found_error" : "invalid_request_error");
    }

    [Fact]
    public async Task Bad_input_names_its_field()
    {
        using var response = await _gateway.SendAsync(
            TestGateway.Post("/v1/messages", """{"model":"demo/echo","max_tokens":"many","messages":[{"role":"user","content":"x"}]}"""));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("max_tokens: should be a valid integer.", await AssertErrorAsync(response, "invalid_request_error"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Rule_E137_a_compressed_request_is_read(string encoding)
    {
        using var plain = TestGateway.Messages("demo/echo", false);
        using var bytes = new MemoryStream();
        await using (
            Stream compressor = encoding == "gzip"
                ? new System.IO.Compression.GZipStream(bytes, System.IO.Compression.CompressionLevel.Fastest, true)
                : new System.IO.Compression.BrotliStream(bytes, System.IO.Compression.CompressionLevel.Fastest, true))
            await plain.Content!.CopyToAsync(compressor);
        using var request = TestGateway.Post("/v1/messages", "");
        request.Content = new ByteArrayContent(bytes.ToArray());
        request.Content.Headers.ContentEncoding.Add(encoding);
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var unknown = TestGateway.Post("/v1/messages", "x");
        unknown.Content!.Headers.ContentEncoding.Add("zstd");
        using var refused = await _gateway.SendAsync(unknown);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("request_body_encoding_unsupported", await AssertErrorAsync(refused, "invalid_request_error"));
    }

    [Fact]
    public async Task Rule_E154_models_are_paged()
    {
        var first = await JsonAsync(await GetAsync("/v1/models?limit=2"));
        Assert.True(first.GetProperty("has_more").GetBoolean());
        var next = await JsonAsync(await GetAsync($"/v1/models?limit=1000&after_id={Uri.EscapeDataString(first.GetProperty("last_id").GetString()!)}"));
        Assert.False(next.GetProperty("has_more").GetBoolean());
        var all = (await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/catalog")).GetProperty("models").GetArrayLength();
        Assert.Equal(all, first.GetProperty("data").GetArrayLength() + next.GetProperty("data").GetArrayLength());
        using var bad = await GetAsync("/v1/models?limit=5000");
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    [Fact]
    public async Task Admin_and_api_keys_do_not_open_each_others_doors()
    {
        using var admin = await GetAsync("/admin/v1/keys");
        Assert.Equal(HttpStatusCode.Unauthorized, admin.StatusCode);
        Assert.Equal("application/problem+json", admin.Content.Headers.ContentType?.MediaType);
        using var api = await _gateway.SendAsync(TestGateway.Messages("demo/echo", false, key: TestGateway.AdminKey));
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
        Assert.True((await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/catalog")).GetProperty("models").GetArrayLength() > 5);
    }

    private async Task<HttpResponseMessage> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("x-api-key", TestGateway.ApiKey);
        return await _gateway.SendAsync(request);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.Clone();
    }

    private static async Task<string> AssertErrorAsync(HttpResponseMessage response, string type)
    {
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.Equal(type, error.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(response.Headers.GetValues("request-id").Single(), error.GetProperty("request_id").GetString());
        return error.GetProperty("error").GetProperty("message").GetString()!;
    }

    [Theory]
    [InlineData("claude-test-4.5", "/v1/messages", "claude-test-4-5-20250929")]
    [InlineData("translated/model", "/v1/chat/completions", "gpt-test")]
    public async Task Explain_shows_the_request_a_provider_would_get_and_sends_nothing(string model, string path, string upstreamModel)
    {
        var sent = _gateway.Upstream.Count;
        var explained = await _gateway.AdminAsync(
            HttpMethod.Post, "/admin/v1/explain", new { model, max_tokens = 9, messages = new[] { new { role = "user", content = "Why?" } } });
        var request = explained.GetProperty("request");
        Assert.EndsWith(path, request.GetProperty("url").GetString());
        Assert.Equal(upstreamModel, request.GetProperty("body").GetProperty("model").GetString());
        Assert.Contains("Why?", request.GetProperty("body").GetProperty("messages").ToString());
        Assert.Equal(upstreamModel, explained.GetProperty("routes")[0].GetProperty("upstream_model").GetString());
        Assert.Equal(sent, _gateway.Upstream.Count);
    }
}
