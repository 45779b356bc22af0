using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Ingress;
using Gateway.Local;
using Gateway.ProviderAdapter;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// The whole gateway in this process, as <c>dotnet run --project services/local</c> starts it, with a scripted provider behind it. The
/// catalog has each model twice, <c>native/*</c> and <c>translated/*</c>, so that a test can run over both routes.
/// </summary>
public sealed class TestGateway : IAsyncDisposable
{
    public const string AdminKey = "gw-admin-of-the-tests";
    public const string ApiKey = "gw-test-key";
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly string _directory;
    private readonly Func<string, string, string> _catalog;
    private LocalGateway? _gateway;

    private TestGateway(FakeUpstream upstream, FakeUpstream second, string directory, Func<string, string, string> catalog)
    {
        Upstream = upstream;
        Second = second;
        _directory = directory;
        _catalog = catalog;
    }

    /// <summary>The provider behind the first route of every model.</summary>
    public FakeUpstream Upstream { get; }

    /// <summary>The provider behind the second route of <c>*/fallback</c>.</summary>
    public FakeUpstream Second { get; }

    public string Url => _gateway!.Url;

    public string CatalogPath => Path.Combine(_directory, "catalog.json");

    public string OutboxPath => Path.Combine(_directory, "data", "outbox");

    public HttpClient Client { get; private set; } = null!;

    internal LocalGateway Local => _gateway!;

    /// <summary>A caller of a service's sidecar, with the token that its calls need.</summary>
    public HttpClient SidecarClient(string appId) => new()
    {
        BaseAddress = Local.SidecarOf(appId),
        Timeout = Timeout,
        DefaultRequestHeaders = { { "dapr-api-token", Local.SidecarToken } },
    };

    /// <param name="catalog">Another catalog, given the addresses of the two providers.</param>
    public static async Task<TestGateway> StartAsync(
        IReadOnlyDictionary<string, string>? settings = null, Func<string, string, string>? catalog = null)
    {
        var gateway = new TestGateway(
            await FakeUpstream.StartAsync(), await FakeUpstream.StartAsync(), Directory.CreateTempSubdirectory("gateway-e2e-").FullName,
            catalog ?? Catalog);
        await gateway.StartGatewayAsync(settings);
        return gateway;
    }

    /// <summary>Starts the gateway (again) on the same data.</summary>
    public async Task StartGatewayAsync(IReadOnlyDictionary<string, string>? settings = null, Func<string, string, string>? catalog = null)
    {
        await File.WriteAllTextAsync(CatalogPath, (catalog ?? _catalog)(Upstream.Url, Second.Url));
        var all = new Dictionary<string, string>
        {
            ["GATEWAY_CATALOG"] = CatalogPath,
            ["GATEWAY_ADMIN_KEY"] = AdminKey,
            ["GATEWAY_API_KEY"] = ApiKey,
            ["GATEWAY_PING_SECONDS"] = "30",
            // Answers are compared with what the provider sent.
            ["GATEWAY_USAGE_EXTRAS"] = "none",
            // A machine that is busy with other tests must not look like one whose actors are away.
            ["GATEWAY_ACTOR_WAIT_SECONDS"] = "20",
            // The tests of it turn it on; a start takes less without.
            ["GATEWAY_CONSOLE"] = "false",
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
            all[name] = value;
        _gateway = await LocalGateway.StartAsync(new LocalOptions { Urls = "http://127.0.0.1:0", Data = Path.Combine(_directory, "data") }, default, all);
        // A client that leaves does so at once, and does not first read on for a while.
        Client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = new Uri(_gateway.Url), Timeout = Timeout };
    }

    public async Task StopGatewayAsync()
    {
        Client.Dispose();
        await _gateway!.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopGatewayAsync();
        await Upstream.DisposeAsync();
        await Second.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Another front door of the same gateway, as a second replica would be.</summary>
    internal Task<WebApplication> OpenDoorAsync(string? sidecarUrl = null, params string[] settings) => OpenDoorAsync(null, sidecarUrl, settings);

    /// <param name="time">Its clock.</param>
    /// <param name="sidecarUrl">Another sidecar than ingress'.</param>
    /// <param name="settings">As arguments.</param>
    internal async Task<WebApplication> OpenDoorAsync(TimeProvider? time, string? sidecarUrl = null, params string[] settings)
    {
        var app = IngressHost.Build(
            ["--GATEWAY_ACTOR_WAIT_SECONDS=20", .. settings, $"--GATEWAY_OUTBOX={OutboxPath}", .. ReplicaOf(AppIds.Ingress, sidecarUrl)],
            builder => builder.Services.AddSingleton(time ?? TimeProvider.System));
        await app.StartAsync();
        return app;
    }

    /// <summary>Another adapter of the same gateway.</summary>
    internal async Task<WebApplication> OpenAdapterAsync()
    {
        var app = ProviderAdapterHost.Build([.. ReplicaOf(AppIds.ProviderAdapter)]);
        await app.StartAsync();
        return app;
    }

    private string[] ReplicaOf(string appId, string? sidecarUrl = null) =>
    [
        "--urls=http://127.0.0.1:0", $"--DAPR_HTTP_ENDPOINT={sidecarUrl ?? Local.SidecarOf(appId).ToString().TrimEnd('/')}",
        $"--DAPR_API_TOKEN={Local.SidecarToken}", $"--DAPR_GRPC_ENDPOINT={Local.SidecarGrpcOf(appId).ToString().TrimEnd('/')}",
        $"--GATEWAY_CATALOG={CatalogPath}", "--GATEWAY_HANDLE_SIGNALS=false",
    ];

    /// <summary>A Messages request with the test key.</summary>
    public static HttpRequestMessage Messages(
        string model, bool stream, string content = "Hello", string? key = ApiKey, string path = "/v1/messages", int maxTokens = 100) =>
        Post(
            path,
            $$"""{"model":"{{model}}","max_tokens":{{maxTokens}},"stream":{{(stream ? "true" : "false")}},"messages":["""
            + $$"""{"role":"user","content":"{{content}}"}]}""",
            key);

    public static HttpRequestMessage Post(string path, string body, string? key = ApiKey)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null)
            request.Headers.Add("x-api-key", key);
        return request;
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation = default) =>
        Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);

    /// <summary>Calls the admin API.</summary>
    public async Task<JsonElement> AdminAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Authorization", $"Bearer {AdminKey}");
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone();
    }

    /// <summary>A new key; its id and the key itself.</summary>
    public async Task<(string Id, string Key)> CreateKeyAsync(object? body = null)
    {
        var created = await AdminAsync(HttpMethod.Post, "/admin/v1/keys", body ?? new { name = "test" });
        return (created.GetProperty("id").GetString()!, created.GetProperty("key").GetString()!);
    }

    /// <summary>The totals of a key's usage once <paramref name="requests"/> have been counted; never more than that.</summary>
    public async Task<JsonElement> UsageAsync(string keyId, int requests)
    {
        using var limit = new CancellationTokenSource(Timeout);
        while (true)
        {
            var totals = (await AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{keyId}/usage")).GetProperty("totals");
            var counted = totals.GetProperty("requests").GetInt64();
            Assert.True(counted <= requests, $"{counted} requests counted, {requests} made");
            if (counted == requests)
                return totals;
            await Task.Delay(25, limit.Token);
        }
    }

    internal static string Catalog(string first, string second) => $$"""
        {
          "default": false,
          "providers": {
            "demo": { "dialect": "demo" },
            "anthropic": { "dialect": "anthropic", "baseUrl": "{{first}}" },
            "anthropic2": { "dialect": "anthropic", "baseUrl": "{{second}}" },
            "anthropic-fast": { "dialect": "anthropic", "baseUrl": "{{first}}", "timeouts": { "firstByteMs": 1500, "idleMs": 700 } },
            "openai": { "dialect": "openai-chat", "baseUrl": "{{first}}/v1" },
            "openai2": { "dialect": "openai-chat", "baseUrl": "{{second}}/v1" },
            "openai-fast": { "dialect": "openai-chat", "baseUrl": "{{first}}/v1", "timeouts": { "firstByteMs": 1500, "idleMs": 700 } },
            "openai-responses": { "dialect": "openai-responses", "descriptor": "openai", "baseUrl": "{{first}}/v1" },
            "gemini": { "dialect": "gemini", "baseUrl": "{{first}}/v1beta" },
            "corner-shop": { "dialect": "openai-chat", "baseUrl": "{{first}}/v1", "headers": { "x-branch": "7" },
                             "quirks": ["max-completion-tokens", "one-stop", "counts-by-tokenize"] },
            "openrouter": { "dialect": "openai-chat", "descriptor": "openrouter", "baseUrl": "{{first}}/v1" },
            "closed": { "dialect": "anthropic", "baseUrl": "http://127.0.0.1:9" }
          },
          "models": [
            { "id": "demo/echo", "routes": [{ "provider": "demo", "model": "echo" }],
              "price": { "currency": "USD", "perMillion": { "input": 0, "output": 0 } } },
            { "id": "native/model-4.5", "aliases": ["claude-test-4-5", "claude-test-4-5-20250929"],
              "routes": [{ "provider": "anthropic", "model": "claude-test-4-5-20250929" }],
              "contextTokens": 200000, "maxOutputTokens": 64000, {{Price}} },
            { "id": "translated/model", "routes": [{ "provider": "openai", "model": "gpt-test" }],
              "contextTokens": 128000, "maxOutputTokens": 16000, {{Price}} },
            { "id": "native/fast", "routes": [{ "provider": "anthropic-fast", "model": "claude-fast" }], {{Price}} },
            { "id": "translated/fast", "routes": [{ "provider": "openai-fast", "model": "gpt-fast" }], {{Price}} },
            { "id": "native/fallback",
              "routes": [{ "provider": "anthropic", "model": "claude-a" }, { "provider": "anthropic2", "model": "claude-b" }], {{Price}} },
            { "id": "translated/fallback", "routes": [{ "provider": "openai", "model": "gpt-a" }, { "provider": "openai2", "model": "gpt-b" }], {{Price}} },
            { "id": "priced/fallback",
              "routes": [{ "provider": "anthropic", "model": "claude-a" },
                         { "provider": "anthropic2", "model": "claude-b",
                           "price": { "currency": "USD", "perMillion": { "input": 1, "output": 2, "cacheRead": 0.5 } } }], {{Price}} },
            { "id": "mixed/fallback", "routes": [{ "provider": "closed", "model": "claude-a" }, { "provider": "openai2", "model": "gpt-b" }], {{Price}} },
            { "id": "responses/model", "routes": [{ "provider": "openai-responses", "model": "gpt-test" }],
              "contextTokens": 128000, "maxOutputTokens": 16000, {{Price}} },
            { "id": "gemini/model", "routes": [{ "provider": "gemini", "model": "gemini-3-test" }],
              "contextTokens": 1000000, "maxOutputTokens": 65536, {{Price}} },
            { "id": "translated/blind", "routes": [{ "provider": "openai", "model": "gpt-blind" }],
              "capabilities": { "images": false, "pdf": false }, {{Price}} },
            { "id": "shop/model", "routes": [{ "provider": "corner-shop", "model": "own-1" }] },
            { "id": "native/unreachable", "routes": [{ "provider": "closed", "model": "claude-a" }] },
            { "id": "native/unpriced", "routes": [{ "provider": "anthropic", "model": "claude-free" }] },
            { "id": "half/fallback",
              "routes": [{ "provider": "anthropic", "model": "claude-a" },
                         { "provider": "anthropic2", "model": "claude-b", "price": { "currency": "USD", "perMillion": { "input": 1, "output": 2 } } }] },
            { "id": "native/plain", "routes": [{ "provider": "anthropic", "model": "claude-plain" }],
              "price": { "currency": "USD", "perMillion": { "input": 3, "output": 15 } } },
            { "id": "native/gift", "routes": [{ "provider": "anthropic", "model": "claude-gift" }],
              "price": { "currency": "USD", "perMillion": { "input": 0, "output": 0 } } },
            { "id": "native/euro", "routes": [{ "provider": "anthropic", "model": "claude-euro" }],
              "price": { "currency": "EUR", "perMillion": { "input": 3, "output": 15 } } },
            { "id": "native/tools", "routes": [{ "provider": "anthropic", "model": "claude-tools" }], "contextTokens": 2000,
              "price": { "currency": "USD", "perMillion": { "input": 3, "output": 15 }, "perRequest": { "webSearch": 0.01 } } },
            { "id": "native/steps", "routes": [{ "provider": "anthropic", "model": "claude-steps" }],
              "price": { "currency": "USD", "perMillion": { "input": 1, "output": 1 },
                "longContext": { "aboveInputTokens": 1000, "perMillion": { "input": 2, "output": 2 },
                  "longContext": { "aboveInputTokens": 1200, "perMillion": { "input": 4, "output": 4 } } } } },
            { "id": "chat/tiers", "routes": [{ "provider": "openai", "model": "gpt-test" }], {{TierPrice}} },
            { "id": "responses/tiers", "routes": [{ "provider": "openai-responses", "model": "gpt-test" }], {{TierPrice}} },
            { "id": "openrouter/model", "routes": [{ "provider": "openrouter", "model": "vendor/model" }], {{Price}} }
          ]
        }
        """;

    private const string Price =
        "\"price\": { \"currency\": \"USD\", "
        + "\"perMillion\": { \"input\": 3, \"output\": 15, \"cacheRead\": 0.3, \"cacheWrite5m\": 3.75, \"cacheWrite1h\": 6 } }";

    private const string TierPrice =
        "\"price\": { \"currency\": \"USD\", \"perMillion\": { \"input\": 10, \"output\": 100 }, \"factors\": { \"flex\": 0.5, \"priority\": 2 } }";
}
