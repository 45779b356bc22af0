using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Hosting.Leases;
using Gateway.Ingress;
using Gateway.Ingress.Quota;
using Gateway.Ingress.Relay;
using Gateway.Ingress.Requests;
using Gateway.Tests.Billing;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Ingress;

/// <summary>Instances of ingress that admit to the same accounts, with a clock that moves when told to; leases are looked after as it does.</summary>
internal sealed class QueueWorld : IDisposable
{
    // What one request needs.
    public const int Tokens = 100;
    public const decimal Money = 0.0039m;

    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Instance> _instances = [];

    public QueueWorld(Dictionary<string, AccountSettings> accounts, int instances = 1, int queueRequests = 1000, int keyQueueRequests = 100)
    {
        Accounts = new MemoryAccounts(id => accounts.GetValueOrDefault(AccountIds.IsRule(id) ? AccountIds.RuleOf(id) : id, new()), Time);
        for (var i = 0; i < instances; i++)
            _instances.Add(new Instance(this, new IngressOptions { QueueRequests = queueRequests, KeyQueueRequests = keyQueueRequests }));
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 14, 12, 0, 0, TimeSpan.Zero));

    public MemoryAccounts Accounts { get; }

    public int Waiting => _instances.Sum(i => i.Queue.Waiting);

    public static KeyRecord Key(string id, int? queueSeconds, params string[] groups) => new()
    {
        Id = id,
        CreatedAt = DateTimeOffset.UnixEpoch,
        QueueSeconds = queueSeconds,
        Limits = new(),
        Accounts = [id, .. groups],
    };

    /// <summary>A request, which begins to wait, is admitted or refused before this returns.</summary>
    public async Task<Task<Admission>> AskAsync(KeyRecord key, int instance = 0, CancellationToken client = default)
    {
        var before = Waiting;
        var asked = _instances[instance].AskAsync(key, client);
        // In its place by then, too: from there on it counts the time.
        await UntilAsync(() => asked.IsCompleted || (Waiting > before && _instances[instance].SomebodyWaits));
        return asked;
    }

    public Task<Admission> Ask(KeyRecord key, int instance, CancellationToken client) => _instances[instance].AskAsync(key, client);

    public async Task<GatewayException> RefusedAsync(KeyRecord key, int instance = 0) =>
        await Assert.ThrowsAsync<GatewayException>(async () => (await _instances[instance].AskAsync(key, default)).Abandon());

    public async Task AdvanceAsync(TimeSpan by)
    {
        for (var left = by; left > TimeSpan.Zero; left -= Round)
        {
            Time.Advance(left < Round ? left : Round);
            foreach (var instance in _instances)
                await instance.Leases.MaintainAllAsync(default);
        }
    }

    public void Stop() => _stopping.Cancel();

    public static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (!holds())
            await Task.Delay(5, limit.Token);
    }

    public void Dispose()
    {
        _instances.ForEach(i => i.Dispose());
        _stopping.Dispose();
    }

    private sealed class Instance : IDisposable
    {
        private static readonly ModelEntry Model = new()
        {
            Id = "m",
            Routes = [new RouteEntry { Provider = "p", Model = "m" }],
            Price = BillingRig.Dollars,
        };
        private static readonly ModelRoute[] Routes = [new(Model.Routes[0], new ProviderEntry { Dialect = "anthropic" }, BillingRig.Dollars)];
        private readonly QueueWorld _world;
        private readonly LeaseCounters _counters = new();
        private readonly QuotaGate _gate;

        public Instance(QueueWorld world, IngressOptions options)
        {
            _world = world;
            Leases = new AccountLeases(AppIds.Ingress, world.Accounts, _counters, world.Time, NullLogger<AccountLeases>.Instance);
            Queue = new QuotaQueue(options, world.Time);
            var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("GATEWAY_ACTOR_WAIT_SECONDS", "20")]).Build();
            _gate = new QuotaGate(
                Leases, new RuleAccounts(world.Accounts, Leases, world.Time), Queue, _counters, options, configuration, world.Time,
                NullLogger<QuotaGate>.Instance);
        }

        public AccountLeases Leases { get; }

        public QuotaQueue Queue { get; }

        public bool SomebodyWaits => _world.Accounts.All.Keys.Any(id => Queue.AheadAt(Leases.For(id)) is not null);

        public async Task<Admission> AskAsync(KeyRecord key, CancellationToken client)
        {
            var context = new DefaultHttpContext { RequestAborted = client };
            await using var watch = new ResponseWatch(context, _world.Time, null, TimeSpan.Zero, TimeSpan.FromHours(1), _world._stopping.Token);
            var envelope = new RequestEnvelope { Model = "m", MaxTokens = Tokens };
            return (await _gate.AdmitAsync(key, envelope, 4 * Tokens, Model, Routes, null, context.Response, client, watch: watch))!;
        }

        public void Dispose()
        {
            Leases.Dispose();
            Queue.Dispose();
            _counters.Dispose();
        }
    }
}
