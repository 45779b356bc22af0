using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Translation;

namespace Gateway.Tests.Safeguards;

/// <summary>
/// A gateway whose models answer from the first fake provider and whose judges do from the second. <c>chat</c> is translated, <c>third</c> an
/// endpoint that speaks Anthropic's API and is not Anthropic; <c>judge</c> and <c>judge-chat</c> are the judges by either kind of route.
/// </summary>
public class SafeguardsGateway : IAsyncLifetime
{
    /// <summary>In the client's context, and nobody else's business.</summary>
    public const string Home = "/home/of-the-user-alone";

    private static readonly JsonSerializerOptions AsWritten = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public TestGateway Gateway { get; private set; } = null!;

    protected virtual Dictionary<string, string> Settings => [];

    public async Task InitializeAsync() => Gateway = await TestGateway.StartAsync(Settings, Catalog);

    public async Task DisposeAsync() => await Gateway.DisposeAsync();

    /// <summary>Sends a request in auto mode, with the marker in what the user says.</summary>
    public Task<HttpResponseMessage> SendAsync(
        string model, bool stream, string key, string marker, JsonArray? messages = null, string? beta = "dangerous-tool-use-2026-09-03",
        params (string Name, string Value)[] headers)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["max_tokens"] = 1000,
            ["stream"] = stream,
            ["messages"] = messages ?? [new JsonObject { ["role"] = "user", ["content"] = $"Clean up, please. {marker}" }],
            ["tools"] = new JsonArray(new JsonObject { ["name"] = "Bash", ["input_schema"] = new JsonObject { ["type"] = "object" } }),
            ["safeguards"] = new JsonArray(new JsonObject { ["type"] = "dangerous_tool_use", ["classifier_context"] = Context() }),
        };
        var request = TestGateway.Post("/v1/messages", body.ToJsonString(), key);
        if (beta is not null)
            request.Headers.Add("anthropic-beta", $"claude-code-20250219,{beta}");
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return Gateway.SendAsync(request);
    }

    /// <summary>The message that the answer is or adds up to.</summary>
    public static async Task<JsonObject> MessageAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        var message = response.Content.Headers.ContentType?.MediaType == "text/event-stream" ? StreamGrammar.Check(text) : JsonNode.Parse(text)!.AsObject();
        return message ?? throw new InvalidOperationException(text);
    }

    public async Task<JsonObject> AnswerAsync(string model, bool stream, string key, string marker, JsonArray? messages = null)
    {
        using var response = await SendAsync(model, stream, key, marker, messages);
        return await MessageAsync(response);
    }

    /// <summary>The status of the only entry.</summary>
    public static JsonObject StatusOf(JsonObject message)
    {
        var entry = Assert.Single(message["safeguard_results"]!.AsArray())!;
        Assert.Equal("dangerous_tool_use", (string?)entry["type"]);
        return entry["status"]!.AsObject();
    }

    /// <summary>The verdicts in the order of the calls, in short: <c>not_flagged</c>, <c>flagged: why</c> or the reason.</summary>
    public static List<string> VerdictsOf(JsonObject message)
    {
        var status = StatusOf(message);
        Assert.Equal("available", (string?)status["type"]);
        var verdicts = status["tool_uses"]!.AsObject();
        var ids = message["content"]!.AsArray().Where(b => (string?)b!["type"] == "tool_use").Select(b => (string)b!["id"]!).ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), verdicts.Select(v => v.Key).Order(StringComparer.Ordinal));
        return [.. ids.Select(id => verdicts[id]!).Select(v => (string?)v["type"] switch
        {
            "evaluated" => (string)v["outcome"]! + (v["explanation"] is { } why ? $": {why}" : ""),
            "unavailable" => (string)v["reason"]!,
            var other => $"{other}",
        })];
    }

    public List<RecordedRequest> AskedOfJudge(string marker) => [.. Gateway.Second.Requests.Where(r => r.Text.Contains(marker))];

    /// <summary>The document that a judge got.</summary>
    public static JsonObject DocumentOf(RecordedRequest asked) =>
        JsonNode.Parse((string)JsonNode.Parse(asked.Text)!["messages"]![0]!["content"]!)!.AsObject();

    /// <summary>The events of a key, once there are so many.</summary>
    public async Task<List<JsonElement>> EventsAsync(string keyId, int count)
    {
        await Gateway.UsageAsync(keyId, count);
        return [.. (await Gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{keyId}/events")).GetProperty("data").EnumerateArray()];
    }

    /// <summary>As it is written on the wire.</summary>
    public static string Compact(JsonNode node) => JsonSerializer.Serialize(node, AsWritten);

    private static JsonObject Context() => JsonNode.Parse($$"""
        {"v":1,"permission_mode":"auto","platform":"linux","live_cwd":"/src/shop","home_dir":"{{Home}}","rule_roots":{"user":"{{Home}}/.claude"},
         "trusted_directories":{"primary":{"path":"/src/shop","resolved":["/src/shop"]},"additional":[],"network":[]},
         "rules":{"allow":[{"rule":"Bash(npm test)"}],"deny":[{"rule":"Bash(curl:*)"}],"ask":[]},
         "auto_mode":{"allow":["deploys to staging"],"soft_deny":["force pushes"],"hard_deny":["sending secrets out"],"environment":["registry.example"]},
         "user_identity":null,"git_state":{"branch":"main","status":"clean"},"classifier_facts":{"secret":"{{Home}}"},"refused_calls":[]}
        """)!.AsObject();

    private static string Catalog(string first, string second) => $$"""
        {
          "providers": {
            "openai": { "dialect": "openai-chat", "baseUrl": "{{first}}/v1" },
            "responses": { "dialect": "openai-responses", "baseUrl": "{{first}}/v1" },
            "gemini": { "dialect": "gemini", "baseUrl": "{{first}}/v1beta" },
            "third": { "dialect": "anthropic", "baseUrl": "{{first}}" },
            "verdicts": { "dialect": "anthropic", "baseUrl": "{{first}}/verdicts" },
            "judge": { "dialect": "anthropic", "baseUrl": "{{second}}" },
            "judge-chat": { "dialect": "openai-chat", "baseUrl": "{{second}}/v1" }
          },
          "models": [
            { "id": "chat", "safeguardsModel": "judge", "routes": [{ "provider": "openai", "model": "gpt-test" }], {{Price(1)}} },
            { "id": "chat/by-chat", "safeguardsModel": "judge-chat", "routes": [{ "provider": "openai", "model": "gpt-test" }], {{Price(1)}} },
            { "id": "chat/free", "safeguardsModel": "judge", "routes": [{ "provider": "openai", "model": "gpt-test" }], {{Price(0)}} },
            { "id": "chat/alone", "routes": [{ "provider": "openai", "model": "gpt-test" }], {{Price(1)}} },
            { "id": "responses", "safeguardsModel": "judge", "routes": [{ "provider": "responses", "model": "gpt-test" }], {{Price(1)}} },
            { "id": "gemini", "safeguardsModel": "judge", "routes": [{ "provider": "gemini", "model": "gemini-test" }], {{Price(1)}} },
            { "id": "third", "safeguardsModel": "judge", "routes": [{ "provider": "third", "model": "claude-like" }], {{Price(1)}} },
            { "id": "silent/stream", "safeguardsModel": "judge", "routes": [{ "provider": "third", "model": "silent-1" }], {{Price(1)}} },
            { "id": "silent/plain", "safeguardsModel": "judge", "routes": [{ "provider": "third", "model": "silent-2" }], {{Price(1)}} },
            { "id": "verdicts", "safeguardsModel": "judge", "routes": [{ "provider": "verdicts", "model": "claude-elsewhere" }], {{Price(1)}} },
            { "id": "verdicts/alone", "routes": [{ "provider": "verdicts", "model": "claude-elsewhere" }], {{Price(1)}} },
            { "id": "judge", "routes": [{ "provider": "judge", "model": "small" }], "contextTokens": 200000, {{Price(2)}} },
            { "id": "judge-other", "routes": [{ "provider": "judge", "model": "other" }], "contextTokens": 200000, {{Price(2)}} },
            { "id": "judge-chat", "routes": [{ "provider": "judge-chat", "model": "mini" }], {{Price(2)}} }
          ]
        }
        """;

    private static string Price(int rate) => $$"""
        "price": { "currency": "USD", "perMillion": { "input": {{rate}}, "output": {{rate}} } }
        """;
}
