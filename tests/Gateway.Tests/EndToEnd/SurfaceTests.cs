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

    /// <summary>Base URLs as people set them, with and without <c>/v1</c>, and what clients put behind them.</summary>
    public static TheoryData<string> OtherRoots => new()
    {
        "/v1/v1", "", "/api", "/api/v1/v1", "/anthropic", "/anthropic/v1/v1", "/v1/anthropic/v1/v1", "/", "//v1", "/v1/", "/api//v1", "//anthropic//v1//",
    };

    [Theory]
    [MemberData(nameof(OtherRoots))]
    public async Task Every_base_url_that_people_try_is_served_too(string root)
    {
        foreach (var end in new[] { "", "/" })
        {
            using var message = await _gateway.SendAsync(TestGateway.Messages("demo/echo", false, path: $"{_gateway.Url}{root}/messages{end}?beta=true"));
            Assert.Equal(HttpStatusCode.OK, message.StatusCode);
            using var count = await _gateway.SendAsync(TestGateway.Post(
                $"{_gateway.Url}{root}/messages/count_tokens{end}", """{"model":"demo/echo","messages":[{"role":"user","content":"Hello"}]}"""));
            Assert.Equal(HttpStatusCode.OK, count.StatusCode);
            using var models = await GetAsync($"{_gateway.Url}{root}/models{end}");
            Assert.Equal(20, (await JsonAsync(models)).GetProperty("data").GetArrayLength());
        }

        using var model = await GetAsync($"{_gateway.Url}{root}/models/demo/echo");
        Assert.Equal("demo/echo", (await JsonAsync(model)).GetProperty("id").GetString());
        using var batches = await _gateway.SendAsync(TestGateway.Post($"{_gateway.Url}{root}/messages/batches", "{}"));
        Assert.Contains("batches and files are not served", await AssertErrorAsync(batches, "not_found_error"));
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/api/hello")]
    public async Task Whoever_asks_whether_it_is_alive_is_answered_without_a_key(string path)
    {
        Assert.Equal("ok", await _gateway.Client.GetStringAsync(new Uri(path, UriKind.Relative)));
        using var head = await _gateway.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    [Theory]
    [InlineData("//admin/v1/keys", HttpStatusCode.Unauthorized)]
    [InlineData("/admin//v1/keys", HttpStatusCode.Unauthorized)]
    [InlineData("//dapr/config", HttpStatusCode.Unauthorized)]
    public async Task A_doubled_slash_opens_nothing(string path, HttpStatusCode expected)
    {
        using var answer = await GetAsync(_gateway.Url + path);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData(TestGateway.AdminKey, "This is the admin key, which opens /admin/v1 and nothing else.")]
    [InlineData("sk-ant-oat01-secretsecret", "This is a sign-in token of a Claude subscription (sk-ant-oat…)")]
    [InlineData("sk-ant-api03-secretsecret", "This is a key of Anthropic (sk-ant-…)")]
    [InlineData("sk-or-v1-secretsecret", "This is a key of OpenRouter (sk-or-…)")]
    [InlineData("sk-proj-secretsecret", "This is a key of OpenAI or a provider like it (sk-…)")]
    [InlineData("AIzaSecretSecretSecret", "This is a key of Google (AIza…)")]
    [InlineData("gsk_secretsecret", "This is a key of Groq (gsk_…)")]
    [InlineData("gw-secretsecret", "The API key is not known to this gateway.")]
    public async Task A_key_of_the_wrong_kind_is_told_as_what_it_is_and_never_repeated(string key, string message)
    {
        foreach (var header in new[] { "x-api-key", "Authorization" })
        {
            // The second time from what is remembered of unknown keys.
            for (var i = 0; i < 2; i++)
            {
                using var request = TestGateway.Messages("demo/echo", false, key: null);
                request.Headers.TryAddWithoutValidation(header, header == "Authorization" ? "Bearer " + key : key);
                using var answer = await _gateway.SendAsync(request);
                Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
                var said = await AssertErrorAsync(answer, "authentication_error");
                Assert.StartsWith(message, said);
                Assert.DoesNotContain("secretsecret", said, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(TestGateway.AdminKey, said);
            }
        }
    }

    [Fact]
    public async Task A_name_that_no_model_has_is_answered_with_near_ones_that_the_key_may_use()
    {
        Assert.Equal(
            "model: claude-tst-4-5 is not known to this gateway. Did you mean native/model-4.5? GET /v1/models lists what this key may use.",
            await ErrorAsync("claude-tst-4-5", TestGateway.ApiKey));
        var (_, key) = await _gateway.CreateKeyAsync(new { name = "few", models = new[] { "demo/echo" } });
        Assert.Equal(
            "model: claude-tst-4-5 is not known to this gateway. GET /v1/models lists what this key may use.", await ErrorAsync("claude-tst-4-5", key));
        using var model = await GetAsync("/v1/models/demo/eco");
        Assert.Contains("Did you mean demo/echo?", await AssertErrorAsync(model, "not_found_error"));

        async Task<string> ErrorAsync(string name, string with)
        {
            using var answer = await _gateway.SendAsync(TestGateway.Messages(name, false, key: with));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            return await AssertErrorAsync(answer, "not_found_error");
        }
    }

    [Theory]
    [InlineData("claude-code/2.1.332", true)]
    [InlineData("claude-cli/2.1.332 (external, cli)", true)]
    [InlineData("anthropic/python", false)]
    public async Task Claude_code_is_told_ids_that_its_picker_shows_and_anyone_may_ask_for_them(string agent, bool forPicker)
    {
        var ids = new List<string>();
        for (string? after = null; ;)
        {
            var from = after is null ? "" : "&after_id=" + Uri.EscapeDataString(after);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models?limit=7" + from);
            request.Headers.Add("x-api-key", TestGateway.ApiKey);
            request.Headers.TryAddWithoutValidation("User-Agent", agent);
            using var answer = await _gateway.SendAsync(request);
            var page = await JsonAsync(answer);
            ids.AddRange(page.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()!));
            if (!page.GetProperty("has_more").GetBoolean())
                break;
            after = page.GetProperty("last_id").GetString();
        }

        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(forPicker, ids.All(id => id.Contains("claude", StringComparison.OrdinalIgnoreCase)));
        Assert.Equal(forPicker, ids.Contains("claude/translated/model"));
        using var message = await _gateway.SendAsync(TestGateway.Messages("claude/translated/model", false));
        Assert.Equal(HttpStatusCode.OK, message.StatusCode);
        // The answer's model is what the client has asked for, as always.
        Assert.Equal("claude/translated/model", (await JsonAsync(message)).GetProperty("model").GetString());
        using var model = await GetAsync("/v1/models/claude%2Ftranslated%2Fmodel");
        var info = await JsonAsync(model);
        Assert.Equal("claude/translated/model", info.GetProperty("id").GetString());
        Assert.Equal("openai · 128k context · 16k output · USD 3 in, 15 out per million tokens", info.GetProperty("description").GetString());
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
        Assert.Equal("model: no-such-model is not known to this gateway. GET /v1/models lists what this key may use.", error);
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
