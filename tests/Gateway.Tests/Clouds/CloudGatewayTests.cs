using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.Conformance;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Clouds;

/// <summary>
/// The whole gateway with a catalog of a few lines for each door, as its README shows them: a client asks for Claude by its usual name and cannot tell where
/// the answer comes from.
/// </summary>
public sealed class CloudGatewayTests(CloudGatewayTests.Gateways gateways) : IClassFixture<CloudGatewayTests.Gateways>
{
    /// <summary>Each door of the default catalog, filled in by its place and its secret.</summary>
    private static readonly Dictionary<string, string> Places = new()
    {
        ["bedrock"] = """ "region": "us-east-1", "secret": "AMAZON" """,
        ["bedrock-messages"] = """ "region": "us-east-1", "secret": "AMAZON" """,
        ["bedrock-mantle"] = """ "region": "us-east-1", "secret": "AMAZON" """,
        ["claude-aws"] = """ "region": "us-east-1", "workspace": "wrkspc_1", "secret": "AMAZON" """,
        ["vertex"] = """ "project": "my-project", "secret": "GOOGLE" """,
        ["claude-google"] = """ "project": "my-project", "workspace": "w", "secret": "GOOGLE" """,
        ["foundry"] = """ "resource": "my-resource", "secret": "AZURE" """,
        ["foundry-azure"] = """ "resource": "my-resource", "secret": "AZURE" """,
    };

    public static readonly TheoryData<string> DoorNames = [.. Places.Keys];

    static CloudGatewayTests()
    {
        // The secret store of the one process.
        Environment.SetEnvironmentVariable("AMAZON", AmazonSignature.Secret);
        Environment.SetEnvironmentVariable("GOOGLE", "ya29.an-access-token");
        Environment.SetEnvironmentVariable("AZURE", "azure-key-value");
    }

    [Theory]
    [MemberData(nameof(DoorNames))]
    public async Task A_client_cannot_tell_by_which_door_its_answer_comes(string door)
    {
        var gateway = await gateways.OfAsync(door);
        var model = door == "foundry-azure" ? "claude-opus-5-5" : "claude-opus-4-8";

        using var whole = await gateway.Client.SendAsync(TestGateway.Messages(model, stream: false, "use tool t"));
        using var streamed = await gateway.Client.SendAsync(TestGateway.Messages(model, stream: true));
        using var counted = await gateway.Client.SendAsync(TestGateway.Messages(model, stream: false, path: "/v1/messages/count_tokens"));

        var text = await whole.Content.ReadAsStringAsync();
        Assert.True(whole.IsSuccessStatusCode, text);
        var message = JsonDocument.Parse(text).RootElement;
        Assert.Equal((HttpStatusCode.OK, model), (whole.StatusCode, message.GetProperty("model").GetString()));
        Assert.Equal(
            ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"], message.EnumerateObject().Select(m => m.Name));
        Assert.Equal(door, whole.Headers.GetValues(GatewayHeaders.Provider).Single());
        Assert.DoesNotContain(whole.Headers, h => h.Key.StartsWith("x-am", StringComparison.OrdinalIgnoreCase));
        var events = await streamed.Content.ReadAsStringAsync();
        Assert.DoesNotContain("vertex_event", events, StringComparison.Ordinal);
        Assert.DoesNotContain("amazon-bedrock", events, StringComparison.Ordinal);
        Assert.Equal(
            ["message_start", "content_block_start", "content_block_stop", "message_delta", "message_stop"],
            Regex.Matches(events, "(?m)^event: (.*)$").Select(m => m.Groups[1].Value.TrimEnd()).Where(n => n is not ("ping" or "content_block_delta")));
        Assert.True(counted.IsSuccessStatusCode);
        Assert.True(JsonDocument.Parse(await counted.Content.ReadAsStringAsync()).RootElement.GetProperty("input_tokens").GetInt32() > 0);
        Assert.Equal(
            door is "bedrock" or "bedrock-messages" ? "estimate" : "provider",
            counted.Headers.GetValues(GatewayHeaders.CountAccuracy).Single().Split(';')[0]);
    }

    [Theory]
    [MemberData(nameof(DoorNames))]
    public async Task Explaining_shows_where_a_request_would_go(string door)
    {
        var gateway = await gateways.OfAsync(door);
        var before = gateway.Upstream.Count;

        var explained = await gateway.AdminAsync(
            HttpMethod.Post, "/admin/v1/explain",
            new { model = "claude-opus-5-5", max_tokens = 9, speed = "fast", messages = new[] { new { role = "user", content = "Why?" } } });

        var request = explained.GetProperty("request");
        Assert.Equal(door, request.GetProperty("provider").GetString());
        Assert.StartsWith(gateway.Upstream.Url, request.GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.Equal("speed", request.GetProperty("dropped").EnumerateArray().Single().GetString());
        var credential = request.GetProperty("headers").EnumerateObject().Single(h => h.Name is "authorization" or "x-api-key").Value.GetString()!;
        Assert.Contains("***", credential, StringComparison.Ordinal);
        Assert.Equal(before, gateway.Upstream.Count);
    }

    [Fact]
    public async Task What_a_door_does_not_take_is_named_to_the_client()
    {
        var gateway = await gateways.OfAsync("bedrock");

        using var dropped = await gateway.Client.SendAsync(TestGateway.Post(
            "/v1/messages", """{"model":"claude-opus-4-8","max_tokens":9,"speed":"fast","messages":[{"role":"user","content":"Hi"}]}"""));
        using var refused = await gateway.Client.SendAsync(TestGateway.Post(
            "/v1/messages",
            """
            {"model":"claude-opus-4-8","max_tokens":9,"mcp_servers":[{"type":"url","url":"https://m","name":"m"}],
             "messages":[{"role":"user","content":"Hi"}]}
            """));

        Assert.Equal("speed", dropped.Headers.GetValues(GatewayHeaders.Dropped).Single());
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("mcp_servers: is not available through Amazon Bedrock.", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_that_is_limited_gives_way_to_another_and_a_door_without_credentials_to_one_that_has_them()
    {
        await using var gateway = await TestGateway.StartAsync(
            catalog: (first, second) => $$"""
                {
                  "default": false,
                  "providers": {
                    "foundry": { "dialect": "anthropic", "baseUrl": "{{first}}", "resource": "r", "secret": "NOT_THERE" },
                    "us": { "dialect": "anthropic", "descriptor": "bedrock", "baseUrl": "{{first}}", "region": "us-east-1", "secret": "AMAZON" },
                    "eu": { "dialect": "anthropic", "descriptor": "bedrock", "baseUrl": "{{second}}", "region": "eu-west-1", "secret": "AMAZON",
                            "priceFactor": 1.1 },
                    "vertex": { "dialect": "anthropic" }
                  },
                  "models": [ { "id": "claude", "routes": [ { "provider": "vertex", "model": "claude-opus-4-8" }, { "provider": "foundry", "model": "d" },
                                                            { "provider": "us", "model": "us.anthropic.claude-opus-4-8" },
                                                            { "provider": "eu", "model": "eu.anthropic.claude-opus-4-8" } ],
                                "price": { "currency": "USD", "perMillion": { "input": 10, "output": 10 } } } ]
                }
                """);
        gateway.Upstream.Always(
            Answer.Json("""{"message":"Too many tokens, please wait before trying again."}""", 429).Header("x-amzn-errortype", "ThrottlingException"));

        using var response = await gateway.Client.SendAsync(TestGateway.Messages("claude", stream: true));
        var events = await response.Content.ReadAsStringAsync();
        using var again = await gateway.Client.SendAsync(TestGateway.Messages("claude", stream: false));

        Assert.Equal("eu", response.Headers.GetValues(GatewayHeaders.Provider).Single());
        Assert.Contains("message_stop", events, StringComparison.Ordinal);
        Assert.Contains("/eu-west-1/bedrock/", gateway.Second.Requests[0].Header("Authorization"), StringComparison.Ordinal);
        Assert.True(again.IsSuccessStatusCode);
        // Once a request each: Foundry, which has no credentials, was asked neither time.
        Assert.Equal(2, gateway.Upstream.Count);
    }

    [Fact]
    public async Task An_exception_before_the_first_event_is_another_regions_turn_and_one_in_the_middle_an_error_of_its_type()
    {
        await using var gateway = await TestGateway.StartAsync(catalog: (first, second) => $$"""
            {
              "default": false,
              "providers": {
                "us": { "dialect": "anthropic", "descriptor": "bedrock", "baseUrl": "{{first}}", "region": "us-east-1", "secret": "AMAZON" },
                "eu": { "dialect": "anthropic", "descriptor": "bedrock", "baseUrl": "{{second}}", "region": "eu-west-1", "secret": "AMAZON" }
              },
              "models": [ { "id": "claude", "routes": [ { "provider": "us", "model": "us.anthropic.claude-opus-4-8" },
                                                        { "provider": "eu", "model": "eu.anthropic.claude-opus-4-8" } ] } ]
            }
            """);
        var slowDown = EventStreamWriter.Exception("throttlingException", """{"message":"slow down"}""");
        byte[] begun =
        [
            .. EventStreamWriter.Chunk(
                """{"type":"message_start","message":{"id":"msg_bdrk_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null"""
                + ""","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}"""),
            .. EventStreamWriter.Chunk("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
            .. EventStreamWriter.Chunk("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"""),
        ];
        gateway.Upstream.Script(Frames(slowDown), Frames([.. begun, .. slowDown]), Frames([.. begun, .. slowDown[..50]]), Frames(begun));

        using var first = await gateway.Client.SendAsync(TestGateway.Messages("claude", stream: true));
        var middle = await StreamAsync();
        var cut = await StreamAsync();
        var ended = await StreamAsync();

        Assert.Equal("eu", first.Headers.GetValues(GatewayHeaders.Provider).Single());
        Assert.Contains("message_stop", await first.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"text\":\"Hi\"", middle, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"rate_limit_error\",\"message\":\"slow down\"", middle, StringComparison.Ordinal);
        // A frame that breaks off, and an answer that ends without its end mark, are no answers.
        Assert.All((string[])[cut, ended], stream => Assert.Contains("event: error", stream, StringComparison.Ordinal));
        Assert.All((string[])[middle, cut, ended], stream => Assert.DoesNotContain("message_stop", stream, StringComparison.Ordinal));

        async Task<string> StreamAsync()
        {
            using var response = await gateway.Client.SendAsync(TestGateway.Messages("claude", stream: true));
            return await response.Content.ReadAsStringAsync();
        }

        static Answer Frames(byte[] bytes) => Answer.Whole("application/vnd.amazon.eventstream", bytes);
    }

    [Fact]
    public async Task Tokens_are_counted_at_another_door_where_the_first_has_no_counter()
    {
        await using var gateway = await TestGateway.StartAsync(
            catalog: (first, second) => $$"""
                {
                  "default": false,
                  "providers": {
                    "bedrock": { "dialect": "anthropic", "baseUrl": "{{first}}", "region": "us-east-1", "secret": "AMAZON" },
                    "bedrock-mantle": { "dialect": "anthropic", "baseUrl": "{{second}}", "region": "us-east-1", "secret": "AMAZON" }
                  },
                  "models": [ { "id": "claude", "routes": [ { "provider": "bedrock", "model": "us.anthropic.claude-opus-4-8" },
                                                            { "provider": "bedrock-mantle", "model": "anthropic.claude-opus-4-8" } ] } ]
                }
                """);

        using var counted = await gateway.Client.SendAsync(TestGateway.Messages("claude", stream: false, path: "/v1/messages/count_tokens"));

        Assert.Equal("provider", counted.Headers.GetValues(GatewayHeaders.CountAccuracy).Single());
        Assert.Equal("/anthropic/v1/messages/count_tokens", gateway.Second.Requests.Single().Path);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Gemini_on_vertex_and_openai_on_azure_answer_in_anthropics_words()
    {
        await using var gateway = await TestGateway.StartAsync(catalog: (first, second) => $$"""
            {
              "default": false,
              "providers": {
                "vertex-gemini": { "dialect": "gemini", "baseUrl": "{{first}}", "project": "p", "region": "europe-west1", "secret": "GOOGLE" },
                "azure-openai": { "dialect": "openai-responses", "baseUrl": "{{second}}/openai/v1", "secret": "AZURE" }
              },
              "models": [ { "id": "gemini", "routes": [ { "provider": "vertex-gemini", "model": "gemini-3-pro" } ] },
                          { "id": "gpt", "routes": [ { "provider": "azure-openai", "model": "my-deployment" } ] } ]
            }
            """);
        gateway.Upstream.Script(r => r.Path.EndsWith(":countTokens", StringComparison.Ordinal), Answer.Json("""{"totalTokens":7}"""));

        using var counted = await gateway.Client.SendAsync(TestGateway.Messages("gemini", stream: false, path: "/v1/messages/count_tokens"));
        using var gemini = await gateway.Client.SendAsync(TestGateway.Messages("gemini", stream: true));
        using var gpt = await gateway.Client.SendAsync(TestGateway.Messages("gpt", stream: false));

        Assert.Equal("""{"input_tokens":7}""", await counted.Content.ReadAsStringAsync());
        Assert.Contains("message_stop", await gemini.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(gpt.IsSuccessStatusCode, await gpt.Content.ReadAsStringAsync());
        const string Models = "/v1/projects/p/locations/europe-west1/publishers/google/models/gemini-3-pro";
        Assert.Equal([Models + ":countTokens", Models + ":streamGenerateContent?alt=sse"], gateway.Upstream.Requests.Select(r => r.RawTarget));
        Assert.All(gateway.Upstream.Requests, r => Assert.Equal("Bearer ya29.an-access-token", r.Header("Authorization")));
        // The counter of the plain API wants the request in another object.
        Assert.True(gateway.Upstream.Requests[0].Json().TryGetProperty("contents", out _));
        var azure = gateway.Second.Requests.Single();
        Assert.Equal(("/openai/v1/responses", "azure-key-value"), (azure.Path, azure.Header("api-key")));
    }

    [Fact]
    public async Task A_model_whose_doors_are_all_closed_says_how_to_open_one()
    {
        await using var gateway = await TestGateway.StartAsync(catalog: (_, _) => """
            { "default": false, "providers": { "bedrock": { "dialect": "anthropic" } },
              "models": [ { "id": "claude", "routes": [ { "provider": "bedrock", "model": "m" } ] } ] }
            """);

        using var response = await gateway.Client.SendAsync(TestGateway.Messages("claude", stream: false));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("bedrock its region", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_readme_shows_the_catalog_of_each_door()
    {
        var readme = File.ReadAllText(RepositoryFiles.Path("services", "providers", "Clouds", "README.md"));
        foreach (var (door, members) in Places)
            Assert.Contains($"\"{door}\": {{ \"baseUrl\": \"http://127.0.0.1:9099\",{members}}}", readme, StringComparison.Ordinal);
    }

    /// <summary>A gateway for each door, started once.</summary>
    public sealed class Gateways : IAsyncLifetime
    {
        private readonly Dictionary<string, TestGateway> _started = [];

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task<TestGateway> OfAsync(string door)
        {
            if (_started.TryGetValue(door, out var gateway))
                return gateway;
            return _started[door] = await TestGateway.StartAsync(
                // The machine of the tests may have a key of Anthropic's.
                catalog: (upstream, _) => $$"""
                    { "providers": { "{{door}}": { "baseUrl": "{{upstream}}",{{Places[door]}}}, "anthropic": { "secret": "NOT_THERE" } } }
                    """);
        }

        public async Task DisposeAsync()
        {
            foreach (var gateway in _started.Values)
                await gateway.DisposeAsync();
        }
    }
}
