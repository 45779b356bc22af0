using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.ProviderAdapter;
using static Gateway.Tests.Clouds.CloudCalls;

namespace Gateway.Tests.Clouds;

/// <summary>Calls through each door over sockets, to a provider that takes what the cloud takes and checks who asks.</summary>
public class CloudCallTests
{
    [Theory]
    [InlineData("us.anthropic.claude-haiku-4-5-20251001-v1:0", "/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/invoke")]
    [InlineData("arn:aws:bedrock:us-east-1:1:application-inference-profile/anthropic.x",
        "/model/arn:aws:bedrock:us-east-1:1:application-inference-profile%2Fanthropic.x/invoke")]
    public async Task Bedrock_gets_a_request_with_a_signature_that_amazons_own_signer_finds_right(string model, string target)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, "bedrock");

        using var response = await CallAsync(adapter, model, headers: [("x-amz-meta", "theirs"), ("anthropic-beta", "effort-2025-11-24,unknown-1")]);

        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, answer);
        var request = await upstream.RequestAsync();
        Assert.Equal(target, request.RawTarget);
        Assert.Equal(
            """{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["effort-2025-11-24"],"max_tokens":9,"messages":[{"role":"user","content":"Hé"}]}""",
            request.Text);
        Assert.Matches($"^AWS4-HMAC-SHA256 Credential={AmazonSignature.AccessKey}/\\d{{8}}/us-east-1/bedrock/aws4_request, ", request.Header("Authorization"));
        Assert.Null(request.Header("x-amz-meta"));
        Assert.Null(request.Header("anthropic-beta"));
        Assert.Null(request.Header("anthropic-version"));
        Assert.DoesNotContain("amazon-bedrock", answer, StringComparison.Ordinal);
        Assert.Equal("anthropic-beta.unknown-1", response.Headers.GetValues(GatewayHeaders.Dropped).Single());
        Assert.Equal("req_fake_1", (await CallAsync(adapter, Haiku, stream: true)).Headers.TryGetValues("request-id", out _) ? "req_fake_1" : "");
        Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("x-amzn", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Bedrocks_frames_reach_the_caller_as_events()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, "bedrock");

        using var response = await CallAsync(adapter, Haiku, stream: true);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var (data, abort) = await TestAdapter.ReadEventsAsync(response);
        Assert.Null(abort);
        Assert.StartsWith("""{"type":"message_start",""", data[0], StringComparison.Ordinal);
        Assert.Equal("""{"type":"message_stop"}""", data[^1]);
        Assert.EndsWith("/invoke-with-response-stream", (await upstream.RequestAsync()).Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_that_breaks_off_or_is_damaged_ends_the_stream_with_a_mark()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        var frame = EventStreamWriter.Chunk("""{"type":"message_start"}""");
        var damaged = frame.ToArray();
        damaged[^6] ^= 1;
        upstream.Script(Frames([.. frame, .. frame[..30]]), Frames([.. frame, .. damaged]));
        await using var adapter = await StartAsync(upstream, "bedrock");

        using var cut = await CallAsync(adapter, Haiku, stream: true);
        using var broken = await CallAsync(adapter, Haiku, stream: true);

        Assert.Equal(Gateway.Contracts.Errors.ErrorKind.ProviderTruncated, (await TestAdapter.ReadEventsAsync(cut)).Abort);
        Assert.Equal(Gateway.Contracts.Errors.ErrorKind.ProviderProtocol, (await TestAdapter.ReadEventsAsync(broken)).Abort);
    }

    [Fact]
    public async Task A_key_of_bedrocks_goes_as_a_bearer()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, "bedrock", secret: "ABSKfakefakefake");

        using var response = await CallAsync(adapter, Haiku);

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal("Bearer ABSKfakefakefake", (await upstream.RequestAsync()).Header("Authorization"));
    }

    [Theory]
    [InlineData("bedrock-messages", "\"region\":\"us-east-1\"", "/anthropic/v1/messages", "bedrock")]
    [InlineData("bedrock-mantle", "\"region\":\"us-east-1\"", "/anthropic/v1/messages", "bedrock-mantle")]
    [InlineData("claude-aws", "\"region\":\"us-east-1\",\"workspace\":\"wrkspc_1\"", "/v1/messages", "aws-external-anthropic")]
    public async Task Amazons_other_doors_get_the_clients_body_signed_for_their_service(string door, string members, string path, string service)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, door, members);

        using var signed = await CallAsync(adapter, "claude-x", headers: [("anthropic-beta", "effort-2025-11-24"), ("anthropic-workspace-id", "theirs")]);
        adapter.Secrets["KEY"] = "some-api-key-value";
        using var keyed = await CallAsync(await StartAsync(upstream, door, members, "some-api-key-value"), "claude-x");

        Assert.True(signed.IsSuccessStatusCode && keyed.IsSuccessStatusCode);
        var request = await upstream.RequestAsync();
        Assert.Equal(path, request.Path);
        Assert.Equal(Body.Replace("MODEL", "claude-x", StringComparison.Ordinal), request.Text);
        Assert.Null(AmazonSignature.Problem(request, DateTimeOffset.UtcNow));
        Assert.Contains($"/us-east-1/{service}/aws4_request", request.Header("Authorization"), StringComparison.Ordinal);
        Assert.Equal("2023-06-01", request.Header("anthropic-version"));
        Assert.Equal("effort-2025-11-24", request.Header("anthropic-beta"));
        Assert.Equal(door == "claude-aws" ? "wrkspc_1" : null, request.Header("anthropic-workspace-id"));
        Assert.Equal("some-api-key-value", (await upstream.RequestAsync(1)).Header("x-api-key"));
    }

    [Fact]
    public async Task Vertex_gets_a_token_and_its_own_events_go_no_further()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, "vertex", "\"project\":\"p\",\"region\":\"eu\"", secret: null, tokens: Tokens("token-1"));

        using var whole = await CallAsync(adapter, "claude-haiku-4-5@20251001", headers: [("anthropic-beta", "effort-2025-11-24,compact-2026-01-12")]);
        using var streamed = await CallAsync(adapter, "claude-haiku-4-5@20251001", stream: true);

        Assert.True(whole.IsSuccessStatusCode);
        var request = await upstream.RequestAsync();
        Assert.Equal("/v1/projects/p/locations/eu/publishers/anthropic/models/claude-haiku-4-5@20251001:rawPredict", request.RawTarget);
        Assert.Equal("Bearer token-1", request.Header("Authorization"));
        Assert.Equal("compact-2026-01-12", request.Header("anthropic-beta"));
        Assert.Equal(
            """{"anthropic_version":"vertex-2023-10-16","max_tokens":9,"stream":false,"messages":[{"role":"user","content":"Hé"}]}""", request.Text);
        var (data, abort) = await TestAdapter.ReadEventsAsync(streamed);
        Assert.Null(abort);
        Assert.Equal("""{"type":"message_stop"}""", data[^1]);
        Assert.EndsWith(":streamRawPredict", (await upstream.RequestAsync(1)).Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("claude-google", "\"project\":\"p\",\"workspace\":\"w\"", "/v1/projects/p/locations/global/workspaces/w/invoke/v1/messages")]
    [InlineData("foundry", "\"resource\":\"r\"", "/anthropic/v1/messages")]
    [InlineData("foundry-azure", "\"resource\":\"r\"", "/anthropic/v1/messages")]
    public async Task Doors_with_tokens_get_the_clients_body(string door, string members, string path)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, door, members, secret: null, tokens: Tokens("token-1"));

        using var response = await CallAsync(adapter, "claude-x");

        Assert.True(response.IsSuccessStatusCode);
        var request = await upstream.RequestAsync();
        Assert.Equal((path, "Bearer token-1"), (request.Path, request.Header("Authorization")));
        Assert.Equal(Body.Replace("MODEL", "claude-x", StringComparison.Ordinal), request.Text);
    }

    [Fact]
    public async Task Foundrys_key_goes_where_anthropics_would()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, "foundry", "\"resource\":\"r\"", secret: "azure-key-value");

        using var response = await CallAsync(adapter, "my-deployment");

        Assert.Equal("azure-key-value", (await upstream.RequestAsync()).Header("x-api-key"));
    }

    [Theory]
    [InlineData(429, "ThrottlingException", null, 429, "rate_limit_error")]
    [InlineData(429, "ThrottlingException", "7", 429, "rate_limit_error")]
    [InlineData(400, "ServiceQuotaExceededException", null, 429, "rate_limit_error")]
    [InlineData(429, "ModelNotReadyException", null, 529, "overloaded_error")]
    [InlineData(404, "ResourceNotFoundException", null, 404, "not_found_error")]
    [InlineData(424, "ModelErrorException", null, 500, "api_error")]
    public async Task Amazons_errors_are_anthropics(int status, string type, string? retryAfter, int expected, string expectedType)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        var answer = Refusal(status, type, "Slow down, please.");
        if (retryAfter is not null)
            answer.Header("retry-after", retryAfter);
        upstream.Always(answer);
        await using var adapter = await StartAsync(upstream, "bedrock");

        using var response = await CallAsync(adapter, Haiku, stream: true, headers: [("x-stainless-retry-count", "1")]);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(
            $$$"""{"type":"error","error":{"type":"{{{expectedType}}}","message":"Slow down, please."}}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(retryAfter, response.Headers.TryGetValues("retry-after", out var seconds) ? seconds.Single() : null);
        Assert.Equal("amzn-1", response.Headers.GetValues("request-id").Single());
    }

    [Fact]
    public async Task Googles_error_on_a_stream_is_anthropics()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("""[{"error":{"code":429,"message":"Quota exceeded.","status":"RESOURCE_EXHAUSTED"}}]""", 429));
        await using var adapter = await StartAsync(upstream, "vertex", "\"project\":\"p\"", secret: null, tokens: Tokens("t"));

        using var response = await CallAsync(adapter, "claude-a", stream: true);

        Assert.Equal(
            """{"type":"error","error":{"type":"rate_limit_error","message":"Quota exceeded."}}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_path_that_amazon_does_not_know_is_no_answer_of_status_200()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("""{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"""));
        await using var adapter = await StartAsync(upstream, "bedrock");

        using var whole = await CallAsync(adapter, Haiku);
        using var streamed = await CallAsync(adapter, Haiku, stream: true);

        Assert.Equal((404, 404), ((int)whole.StatusCode, (int)streamed.StatusCode));
    }

    [Fact]
    public async Task What_a_door_does_not_take_is_refused_before_anything_is_sent()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, "bedrock");

        using var response = await adapter.CallAsync(
            """{"model":"m","max_tokens":9,"tools":[{"type":"web_fetch_20250910","name":"web_fetch"}],"messages":[]}""",
            headers: (GatewayHeaders.UpstreamModel, Haiku));

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("'web_fetch_20250910': is not available through Amazon Bedrock.", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Theory]
    [InlineData("bedrock", "\"region\":\"us-east-1\"", "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "/model/anthropic.claude-haiku-4-5-20251001-v1:0/count-tokens")]
    [InlineData("bedrock-mantle", "\"region\":\"us-east-1\"", "anthropic.claude-opus-4-8", "/anthropic/v1/messages/count_tokens")]
    [InlineData("vertex", "\"project\":\"p\"", "claude-opus-4-8", "/v1/projects/p/locations/global/publishers/anthropic/models/count-tokens:rawPredict")]
    [InlineData("foundry", "\"resource\":\"r\"", "claude-opus-4-8", "/anthropic/v1/messages/count_tokens")]
    public async Task Tokens_are_counted_at_the_door(string door, string members, string model, string target)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, door, members, door is "vertex" or "foundry" ? null : AmazonSignature.Secret, Tokens("t"));

        using var response = await adapter.CallAsync(
            """{"model":"m","messages":[{"role":"user","content":"Hello"}]}""", operation: Operations.CountTokens,
            headers: (GatewayHeaders.UpstreamModel, model));

        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.True(JsonDocument.Parse(text).RootElement.GetProperty("input_tokens").GetInt32() > 0);
        Assert.Equal(target, (await upstream.RequestAsync()).RawTarget);
    }

    [Theory]
    [InlineData("bedrock", "anthropic.claude-opus-4-8")]
    [InlineData("bedrock-messages", "global.anthropic.claude-opus-4-8")]
    public async Task A_door_without_a_counter_says_so(string door, string model)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, door);

        using var response = await adapter.CallAsync("{}", operation: Operations.CountTokens, headers: (GatewayHeaders.UpstreamModel, model));

        Assert.Equal(404, (int)response.StatusCode);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Explaining_shows_the_signed_request_without_its_secrets_and_sends_nothing()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, "bedrock");

        using var response = await CallAsync(adapter, Haiku, operation: Operations.Explain, headers: [("anthropic-beta", "x-1")]);

        var text = await response.Content.ReadAsStringAsync();
        var explained = JsonDocument.Parse(text).RootElement;
        Assert.Equal($"{upstream.Url}/model/{Haiku}/invoke", explained.GetProperty("url").GetString());
        Assert.Matches(
            @"^AWS4-HMAC-SHA256 Credential=\*\*\*/\d{8}/us-east-1/bedrock/aws4_request, SignedHeaders=[^,]+, Signature=\*\*\*$",
            explained.GetProperty("headers").GetProperty("authorization").GetString());
        Assert.Equal("bedrock-2023-05-31", explained.GetProperty("body").GetProperty("anthropic_version").GetString());
        Assert.Equal("anthropic-beta.x-1", explained.GetProperty("dropped")[0].GetString());
        Assert.DoesNotContain(AmazonSignature.SecretKey, text, StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [FactOnLinux]
    public async Task A_connection_to_a_cloud_is_kept_alive_while_nothing_is_said()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, "bedrock");
        using (await CallAsync(adapter, Haiku))
        {
            // The connection stays open, and its timer is the one of keep-alive: 02.
            var remote = $":{new Uri(upstream.Url).Port:X4}";
            var ours = File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6"))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(c => c[2].EndsWith(remote, StringComparison.Ordinal));
            Assert.Contains(ours, c => c[5].StartsWith("02:", StringComparison.Ordinal));
        }
    }
}
