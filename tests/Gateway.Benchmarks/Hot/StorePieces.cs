using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting.Leases;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Relay;
using Gateway.Local;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Benchmarks.Hot;

/// <summary>
/// The pieces that need a store: the look-up of a key that has been used a moment ago, and the admission of a request by a lease that has
/// enough at hand.
/// </summary>
internal sealed class StorePieces : IAsyncDisposable
{
    public const string KeyLookupName = "key-lookup";
    public const string LeaseAdmitName = "lease-admit";
    private const string Key = "gw-hot-key";
    private const string AdminKey = "gw-admin-of-the-benchmark";
    private readonly string _directory;
    private readonly LocalGateway _gateway;
    private readonly DaprClient _dapr;
    private readonly AccountLease _lease;
    private readonly LeaseCounters _counters = new();

    private StorePieces(string directory, LocalGateway gateway, string limitedKeyId)
    {
        _directory = directory;
        _gateway = gateway;
        var sidecar = gateway.SidecarOf(AppIds.Ingress).ToString().TrimEnd('/');
        _dapr = new DaprClientBuilder().UseHttpEndpoint(sidecar).UseGrpcEndpoint(gateway.SidecarGrpcOf(AppIds.Ingress).ToString())
            .UseDaprApiToken(gateway.SidecarToken).Build();
        // Time stands still, so that the entry stays fresh and the lease valid.
        var time = new StoppedTime();
        var actors = new ActorProxyFactory(new ActorProxyOptions { HttpEndpoint = sidecar, DaprApiToken = gateway.SidecarToken, UseJsonSerialization = true });
        _lease = new AccountLease(
            limitedKeyId, "this API key", actors.CreateActorProxy<IAccountActor>(new ActorId(limitedKeyId), ActorTypes.Account), "lease-hot", time, _counters);
        var services = gateway.ServiceOf(AppIds.Ingress).Services.GetRequiredService<ServicesCheck>();
        All = [KeyLookup(new KeyLookup(_dapr, services, time, NullLogger<KeyLookup>.Instance)), LeaseAdmit(_lease)];
    }

    public static IReadOnlyList<string> Names { get; } = [KeyLookupName, LeaseAdmitName];

    public IReadOnlyList<HotPiece> All { get; }

    public static async Task<StorePieces> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-hot-").FullName;
        var gateway = await LocalGateway.StartAsync(
            new LocalOptions { Urls = "http://127.0.0.1:0", Data = directory },
            default,
            new Dictionary<string, string> { ["GATEWAY_API_KEY"] = Key, ["GATEWAY_ADMIN_KEY"] = AdminKey });
        using var client = new HttpClient { BaseAddress = new Uri(gateway.Url), DefaultRequestHeaders = { { "x-api-key", AdminKey } } };
        var settings = new { name = "hot", limits = new { requestsPerMinute = 1_000_000, inputTokensPerMinute = 1_000_000_000, concurrentRequests = 1_000 } };
        for (var tries = 1; ; tries++)
        {
            using var answer = await client.PostAsJsonAsync("/admin/v1/keys", settings);
            var made = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (answer.IsSuccessStatusCode)
                return new StorePieces(directory, gateway, made.GetProperty("id").GetString()!);
            // As the answer asks, and as clients do.
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || tries == 10)
                throw new InvalidOperationException($"No key was made: {(int)answer.StatusCode} {made}");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _lease.Dispose();
        _dapr.Dispose();
        await _gateway.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static HotPiece KeyLookup(KeyLookup keys)
    {
        var context = new DefaultHttpContext { Request = { Headers = { ["x-api-key"] = Key } } };
        keys.AuthenticateAsync(context.Request, default).AsTask().GetAwaiter().GetResult();
        return new HotPiece(KeyLookupName, 1, () =>
        {
            var found = keys.AuthenticateAsync(context.Request, default);
            if (!found.IsCompletedSuccessfully)
                throw new InvalidOperationException("The key was not fresh.");
            found.GetAwaiter().GetResult();
        });
    }

    private static HotPiece LeaseAdmit(AccountLease lease)
    {
        var need = new Allowance { Requests = 1, Slots = 1, InputTokens = 500, OutputTokens = 1024 };
        var nothing = new Allowance();
        // Asks the account once; what is given back each time is enough for the next.
        lease.GiveBack(lease.TakeAsync(need, default).AsTask().GetAwaiter().GetResult(), nothing);
        return new HotPiece(LeaseAdmitName, 1, () =>
            lease.GiveBack(lease.TryTake(need) ?? throw new InvalidOperationException("The lease had nothing at hand."), nothing));
    }

    private sealed class StoppedTime : TimeProvider
    {
        private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

        public override long GetTimestamp() => 0;

        public override DateTimeOffset GetUtcNow() => _now;
    }
}
