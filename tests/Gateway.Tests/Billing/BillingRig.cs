using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Benchmarks.Hot;
using Gateway.Billing;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Local.Sidecar;
using Gateway.Tests.Conformance;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Billing;

/// <summary>Billing behind a real sidecar over SQLite, with the components of the repository; ingress is played by the test.</summary>
public sealed class BillingRig : IAsyncLifetime, IAsyncDisposable
{
    public const string AdminKey = "admin-key-of-the-test";
    public const string ApiKey = "gw-a-key-of-the-environment-0123456789";
    private const string AppToken = "app-token-of-the-test";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _data = Directory.CreateTempSubdirectory("billing-").FullName;
    private SidecarRuntime? _sidecars;
    private WebApplication? _billing;

    internal TimeProvider Time { get; init; } = TimeProvider.System;

    internal string[] Settings { get; set; } = [];

    /// <summary>Called with the address of billing's sidecar before billing itself starts.</summary>
    internal Action<Uri>? SidecarStarted { get; set; }

    /// <summary>The repository's, unless a test takes something away.</summary>
    internal string Components { get; set; } = RepositoryFiles.Path("components");

    /// <summary>Ingress's port: the subscriber of the notices.</summary>
    internal TestApp Ingress { get; private set; } = null!;

    /// <summary>Calls billing directly, as its sidecar would.</summary>
    internal HttpClient Billing { get; private set; } = null!;

    /// <summary>Billing's own sidecar.</summary>
    internal Uri BillingSidecar => _sidecars!.HttpEndpoint(AppIds.Billing);

    /// <summary>Ingress's sidecar.</summary>
    internal HttpClient Sidecar { get; private set; } = null!;

    internal IActorProxyFactory Actors { get; private set; } = null!;

    internal IServiceProvider Services => _billing!.Services;

    public Task InitializeAsync() => StartAsync();

    public async Task StartAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        var options = new SidecarOptions(_data, Components, null, AppToken);
        _sidecars = await SidecarRuntime.StartAsync(options, [AppIds.Ingress, AppIds.Billing], TimeProvider.System, NullLoggerFactory.Instance, limit.Token);
        const string Subscriptions =
            """
            [{"pubsubname":"pubsub","topic":"keys","route":"/notices/keys"},{"pubsubname":"pubsub","topic":"quota","route":"/notices/quota"},
             {"pubsubname":"pubsub","topic":"audit","route":"/notices/audit"}]
            """;
        Ingress = await TestApp.StartAsync(null, subscribe: Subscriptions);
        Ingress.Answer("/notices/keys", 200);
        Ingress.Answer("/notices/quota", 200);
        Ingress.Answer("/notices/audit", 200);
        await _sidecars.AttachAsync(AppIds.Ingress, Ingress.Address, limit.Token);

        var http = _sidecars.HttpEndpoint(AppIds.Billing).ToString().TrimEnd('/');
        var grpc = _sidecars.GrpcEndpoint(AppIds.Billing).ToString().TrimEnd('/');
        SidecarStarted?.Invoke(BillingSidecar);
        _billing = BillingHost.Build(
            [
                "--urls=http://127.0.0.1:0", $"--DAPR_HTTP_ENDPOINT={http}", $"--DAPR_GRPC_ENDPOINT={grpc}", $"--APP_API_TOKEN={AppToken}",
                $"--GATEWAY_ADMIN_KEY={AdminKey}", $"--GATEWAY_API_KEY={ApiKey}", "--Logging:LogLevel:Default=None",
                "--GATEWAY_ACTOR_WAIT_SECONDS=20", .. Settings],
            b => b.Services.AddSingleton(Time));
        await _billing.StartAsync(limit.Token);
        var address = new Uri(_billing.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        await _sidecars.AttachAsync(AppIds.Billing, address, limit.Token);

        Billing = new HttpClient { BaseAddress = address, Timeout = Limit };
        Billing.DefaultRequestHeaders.Add("dapr-api-token", AppToken);
        Billing.DefaultRequestHeaders.Add(GatewayHeaders.Admin, AdminCaller.Owner.ToHeader());
        Sidecar = new HttpClient { BaseAddress = _sidecars.HttpEndpoint(AppIds.Ingress), Timeout = Limit };
        Actors = new ActorProxyFactory(new ActorProxyOptions { HttpEndpoint = Sidecar.BaseAddress.ToString(), UseJsonSerialization = true });
        await UntilAsync(async () => (await Billing.GetAsync(new Uri("/healthz/ready", UriKind.Relative), limit.Token)).StatusCode == HttpStatusCode.OK);
    }

    public async Task StopAsync()
    {
        await _billing!.StopAsync();
        await _billing.DisposeAsync();
        await _sidecars!.DisposeAsync();
        await Ingress.DisposeAsync();
        Billing.Dispose();
        Sidecar.Dispose();
        _billing = null;
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        if (_billing is not null)
            await StopAsync();
        Directory.Delete(_data, recursive: true);
    }

    internal static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
            await Task.Delay(20, limit.Token);
    }

    internal Task RecordAsync(string account, UsageEvent e) => Account(account).RecordUsageAsync(new UsageBatch { Entries = [Entry(e)] });

    internal IAccountActor Account(string id) => Actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account);

    internal async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Billing.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length > 0 ? JsonNode.Parse(text)! : new JsonObject());
    }

    internal Task<(HttpStatusCode Status, JsonNode Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    internal async Task<JsonNode> CreateKeyAsync(string body = "{}")
    {
        var (status, key) = await SendAsync(HttpMethod.Post, "/admin/v1/keys", body);
        Assert.Equal(HttpStatusCode.Created, status);
        return key;
    }

    /// <summary>What ingress would find for a key; null when the store has nothing under its hash.</summary>
    internal async Task<KeyRecord?> RecordAsync(string key)
    {
        var identity = JsonSerializer.Deserialize<GatewayIdentity>(
            await Sidecar.GetStringAsync($"/v1.0/state/keys/{KeyStoreKeys.Identity}"), JsonSerializerOptions.Web)!;
        var record = await Sidecar.GetStringAsync($"/v1.0/state/keys/{KeyStoreKeys.OfHash(new KeyHasher(identity.HashSecret).Hash(key))}");
        return record.Length == 0 ? null : JsonSerializer.Deserialize<KeyRecord>(record, JsonSerializerOptions.Web);
    }

    internal async Task PublishAsync(byte[] data)
    {
        using var content = new ByteArrayContent(data) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = await Sidecar.PostAsync("/v1.0/publish/pubsub/usage", content);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    /// <summary>The event as a key's account gets it.</summary>
    internal static UsageEntry Entry(UsageEvent e) => UsageEntry.Of(e, UsageJson.Write(e));

    internal static readonly Price Dollars = new()
    {
        Currency = "USD",
        PerMillion = new PerMillion { Input = 3, Output = 15, CacheRead = 0.3m, CacheWrite5m = 3.75m, CacheWrite1h = 6 },
    };

    internal static UsageEvent Event(
        string requestId, string keyId, DateTimeOffset? time = null, decimal? cost = 0.01m, string currency = "USD",
        string model = "anthropic/claude-sonnet-4.5", string provider = "anthropic") => SampleEvent.Of(requestId, keyId) with
        {
            Time = time ?? DateTimeOffset.UtcNow,
            RequestedModel = model,
            Model = model,
            Provider = provider,
            UpstreamModel = model,
            Usage = new TokenUsage { InputTokens = 10, OutputTokens = 20, CacheCreationInputTokens = 3, CacheReadInputTokens = 4 },
            Cost = cost is { } amount ? new Cost { Amount = amount, Currency = currency, Price = Dollars with { Currency = currency } } : null,
            LatencyMs = 12.5,
        };
}
