using System.Text;
using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting.Leases;
using Gateway.Ingress;
using Gateway.Ingress.Quota;
using Gateway.Ingress.Requests;
using Gateway.Tests.Billing;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.ProviderAdapter;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Ingress;

/// <summary>
/// Rule F31: a request is admitted in its key, its team and its organisation together or in none of them, and released in all of them
/// together. Real leases over real account actors; billing's clock stands, so that every count is exact.
/// </summary>
public sealed class AdmissionTests : IAsyncLifetime
{
    // What one request of Body needs.
    private const long Tokens = 100;
    private const decimal Money = 0.0039m;
    private const int Room = 5;

    private static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes(
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":""".PadRight(396, ' ') + "\"\"}]");
    private static readonly ModelEntry Model = new() { Id = "m", Routes = [new RouteEntry { Provider = "p", Model = "m" }], Price = BillingRig.Dollars };
    private static readonly ModelRoute[] Routes = [new(Model.Routes[0], new ProviderEntry { Dialect = "anthropic" }, BillingRig.Dollars)];

    private readonly BillingRig _rig = new() { Time = new ManualTime(Noon) };
    private readonly List<Door> _doors = [];

    public Task InitializeAsync() => _rig.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (var door in _doors)
            door.Dispose();
        await _rig.DisposeAsync();
    }

    public static TheoryData<int, string> Refusals
    {
        get
        {
            var all = new TheoryData<int, string>();
            foreach (var level in new[] { 0, 1, 2 })
            {
                foreach (var limit in new[] { "requestsPerMinute", "inputTokensPerMinute", "outputTokensPerMinute", "concurrentRequests", "budget" })
                    all.Add(level, limit);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_one_level_refuses_no_other_level_holds(int level, string limit)
    {
        var (key, ids) = await HierarchyAsync(level, limit);
        var door = OpenDoor();
        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => door.TryAsync(key))));
        var admitted = results.Where(r => r.Admission is not null).Select(r => r.Admission!).ToList();
        var refused = results.Where(r => r.Refusal is not null).Select(r => r.Refusal!).ToList();
        Assert.Equal((Room, 40 - Room), (admitted.Count, refused.Count));
        var who = new[] { "this API key", "the team of this API key", "the organisation of this API key" }[level];
        Assert.All(refused, r => Assert.Equal((ErrorKind.RateLimited, true), (r.Kind, r.Message.Contains($" of {who} ", StringComparison.Ordinal))));
        Assert.All(admitted, a => Assert.Equal(ids, a.Parts.Select(p => p.Lease.AccountId)));

        // Once the door has given back what it has at hand, each account holds what runs, and that alone.
        await door.GiveBackAsync(ids);
        foreach (var id in ids)
            await AssertHeldAsync(id, Room, requests: Room, tokens: Room * Tokens, money: Room * Money);

        admitted.ForEach(a => a.Abandon());
        admitted.ForEach(a => a.Abandon());
        await door.GiveBackAsync(ids);
        foreach (var id in ids)
            await AssertHeldAsync(id, 0, requests: Room, tokens: 0, money: 0);
    }

    /// <summary>Requests of more than a minute's worth count for a minute's worth, so that together they need no more than one of them does.</summary>
    [Theory]
    [InlineData("inputTokensPerMinute", "60 input tokens per minute")]
    [InlineData("outputTokensPerMinute", "60 output tokens per minute")]
    public async Task A_refusal_names_the_limit_that_was_reached(string limit, string named)
    {
        var (status, made) = await _rig.SendAsync(HttpMethod.Post, "/admin/v1/keys", $$$"""{"limits":{"{{{limit}}}":60}}""");
        Assert.Equal(System.Net.HttpStatusCode.Created, status);
        var key = (await _rig.RecordAsync((string)made["key"]!))!;
        var door = OpenDoor();
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => door.TryAsync(key))));
        Assert.Single(results, r => r.Admission is not null);
        Assert.All(results.Where(r => r.Refusal is not null), r => Assert.Contains(named, r.Refusal!.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_request_used_is_taken_from_all_levels_alike_and_its_event_settles_all()
    {
        var (key, ids) = await HierarchyAsync(null, "");
        var door = OpenDoor();
        var admitted = new List<Admission>();
        for (var i = 0; i < Room; i++)
            admitted.Add((await door.TryAsync(key)).Admission!);
        var usage = new TokenUsage { InputTokens = 60, CacheCreationInputTokens = 10, CacheReadInputTokens = 5_000, OutputTokens = 20 };
        var cost = CostCalculator.Of(usage, BillingRig.Dollars)!;
        foreach (var admission in admitted)
        {
            admission.Finish(usage, cost);
            // A pipeline ends every request so, also one that has been settled.
            admission.Abandon();
        }

        await door.GiveBackAsync(ids);
        foreach (var id in ids)
        {
            var status = await _rig.Account(id).GetStatusAsync();
            Assert.Equal((0, Room * cost.Amount, 0m), (status.SlotsHeld, status.Budget!.Held, status.Budget.Spent));
            // Rule F32: cache reads are no input.
            Assert.Equal(
                (Room * 70L, Room * 20L),
                (status.InputTokens!.Limit - status.InputTokens.Remaining, status.OutputTokens!.Limit - status.OutputTokens.Remaining));
        }

        foreach (var (admission, i) in admitted.Select((a, i) => (a, i)))
        {
            var e = BillingRig.Event($"{key.Id}-{i}", key.Id, Noon, cost.Amount) with { Accounts = ids, LeaseId = admission.LeaseId };
            foreach (var id in ids)
                await _rig.RecordAsync(id, e);
        }

        foreach (var id in ids)
        {
            var budget = (await _rig.Account(id).GetStatusAsync()).Budget!;
            Assert.Equal((0m, Room * cost.Amount), (budget.Held, budget.Spent));
        }
    }

    [Fact]
    public async Task Two_doors_together_never_admit_one_too_many_and_refusals_leave_nothing_behind()
    {
        var (key, ids) = await HierarchyAsync(2, "concurrentRequests");
        var doors = new[] { OpenDoor(), OpenDoor() };
        for (var round = 0; round < 3; round++)
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => doors[i % 2].TryAsync(key))));
            var admitted = results.Where(r => r.Admission is not null).ToList();
            Assert.InRange(admitted.Count, 1, Room);
            admitted.ForEach(r => r.Admission!.Abandon());
            foreach (var door in doors)
                await door.GiveBackAsync(ids);
            foreach (var id in ids)
                Assert.Equal((0, 0m), ((await _rig.Account(id).GetStatusAsync()).SlotsHeld, (await _rig.Account(id).GetStatusAsync()).Budget!.Held));
        }
    }

    [Fact]
    public async Task A_level_that_cannot_be_reached_keeps_none_of_the_others_busy()
    {
        var (key, ids) = await HierarchyAsync(null, "");
        await using var proxy = await SidecarProxy.StartAsync(_rig.Sidecar.BaseAddress!, c => SidecarProxy.NoActor(c, ids[2]));
        var door = OpenDoor(proxy.Url);
        var (admission, refusal) = await door.TryAsync(key);
        Assert.Null(admission);
        Assert.Equal((ErrorKind.ServiceUnavailable, 5), (refusal!.Kind, refusal.RetryAfterSeconds));
        await door.GiveBackAsync(ids[..2]);
        foreach (var id in ids)
            await AssertHeldAsync(id, 0, requests: 0, tokens: 0, money: 0);
    }

    [Fact]
    public async Task A_client_that_leaves_while_one_level_is_asked_holds_nothing_at_the_others()
    {
        var (key, ids) = await HierarchyAsync(null, "");
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        await using var proxy = await SidecarProxy.StartAsync(_rig.Sidecar.BaseAddress!, async context =>
        {
            if (context.Request.Path.Value!.Contains(ids[2], StringComparison.Ordinal))
            {
                asked.TrySetResult();
                await answer.Task.WaitAsync(TestGateway.Timeout);
            }

            return false;
        });
        var door = OpenDoor(proxy.Url);
        using var client = new CancellationTokenSource();
        var waiting = door.TryAsync(key, client.Token);
        await asked.Task.WaitAsync(TestGateway.Timeout);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(5)));
        await door.GiveBackAsync(ids[..2]);
        foreach (var id in ids)
            await AssertHeldAsync(id, 0, requests: 0, tokens: 0, money: 0);
        answer.SetResult();
    }

    [Fact]
    public async Task An_account_that_hangs_lets_no_other_lease_lapse()
    {
        await using var rig = new BillingRig { Settings = ["--GATEWAY_LEASE_SECONDS=2"] };
        await rig.StartAsync();
        var hung = await rig.CreateKeyAsync("""{"limits":{"concurrentRequests":1}}""");
        var other = (await rig.RecordAsync((string)(await rig.CreateKeyAsync("""{"limits":{"concurrentRequests":1}}"""))["key"]!))!;
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        await using var proxy = await SidecarProxy.StartAsync(rig.Sidecar.BaseAddress!, async context =>
        {
            if (context.Request.Path.Value!.Contains((string)hung["id"]!, StringComparison.Ordinal) && Volatile.Read(ref _hangs))
            {
                asked.TrySetResult();
                await answer.Task.WaitAsync(TestGateway.Timeout);
            }

            return false;
        });
        using var door = new Door(proxy.Url, TimeProvider.System);
        Assert.NotNull((await door.TryAsync((await rig.RecordAsync((string)hung["key"]!))!)).Admission);
        Assert.NotNull((await door.TryAsync(other)).Admission);
        Volatile.Write(ref _hangs, true);
        await door.Leases.StartAsync(default);
        await asked.Task.WaitAsync(TestGateway.Timeout);
        // More than a lifetime, in which the other's lease is kept alive: its one slot is not given to anybody else.
        await Task.Delay(TimeSpan.FromSeconds(4));
        using var second = new Door(rig.Sidecar.BaseAddress!.ToString(), TimeProvider.System);
        Assert.Equal(ErrorKind.RateLimited, (await second.TryAsync(other)).Refusal?.Kind);
        answer.SetResult();
        await door.Leases.StopAsync(default);
    }

    private bool _hangs;

    /// <summary>A key in a team in an organisation, each with every limit; all but one of them are out of reach.</summary>
    private async Task<(KeyRecord Key, List<string> Ids)> HierarchyAsync(int? tight, string limit)
    {
        var organisation = (string)(await PostAsync("organizations", Settings(tight == 2 ? limit : "")))["id"]!;
        var team = (string)(await PostAsync("teams", $$"""{"parent":"{{organisation}}",{{Settings(tight == 1 ? limit : "")[1..]}}"""))["id"]!;
        var key = await PostAsync("keys", $$"""{"teamId":"{{team}}",{{Settings(tight == 0 ? limit : "")[1..]}}""");
        var record = (await _rig.RecordAsync((string)key["key"]!))!;
        return (record, [.. record.Accounts!]);

        async Task<System.Text.Json.Nodes.JsonNode> PostAsync(string what, string body)
        {
            var (status, made) = await _rig.SendAsync(HttpMethod.Post, "/admin/v1/" + what, body);
            Assert.True(status == System.Net.HttpStatusCode.Created, made.ToJsonString());
            return made;
        }
    }

    private static string Settings(string tight) => FormattableString.Invariant($$$"""
        {"limits":{"requestsPerMinute":{{{(tight == "requestsPerMinute" ? Room : 1000)}}},
        "inputTokensPerMinute":{{{(tight == "inputTokensPerMinute" ? Room * Tokens : 1000000)}}},
        "outputTokensPerMinute":{{{(tight == "outputTokensPerMinute" ? Room * Tokens : 1000000)}}},
        "concurrentRequests":{{{(tight == "concurrentRequests" ? Room : 1000)}}}},
        "budget":{"amount":{{{(tight == "budget" ? Room * Money : 100)}}},"period":"month","enforcement":"strict"}}
        """);

    private async Task AssertHeldAsync(string id, int slots, long requests, long tokens, decimal money)
    {
        var status = await _rig.Account(id).GetStatusAsync();
        Assert.Equal(
            (id, slots, requests, tokens, tokens, money),
            (
                id, status.SlotsHeld, status.Requests!.Limit - status.Requests.Remaining,
                status.InputTokens!.Limit - status.InputTokens.Remaining, status.OutputTokens!.Limit - status.OutputTokens.Remaining,
                status.Budget!.Held));
    }

    private Door OpenDoor(string? sidecar = null)
    {
        var door = new Door(sidecar ?? _rig.Sidecar.BaseAddress!.ToString(), new ShiftedTime());
        _doors.Add(door);
        return door;
    }

    /// <summary>What an ingress admits with.</summary>
    private sealed class Door : IDisposable
    {
        private readonly TimeProvider _time;
        private readonly LeaseCounters _counters = new();
        private readonly QuotaQueue _queue;
        private readonly QuotaGate _gate;

        public Door(string sidecar, TimeProvider time)
        {
            _time = time;
            var options = new ActorProxyOptions { HttpEndpoint = sidecar, RequestTimeout = TimeSpan.FromSeconds(10), UseJsonSerialization = true };
            var actors = new ActorProxyFactory(options);
            Leases = new AccountLeases(AppIds.Ingress, actors, _counters, time, NullLogger<AccountLeases>.Instance);
            _queue = new QuotaQueue(new IngressOptions(), time);
            _gate = new QuotaGate(
                Leases, new RuleAccounts(actors, Leases, time), _queue, _counters, new IngressOptions(),
                new ConfigurationBuilder().AddInMemoryCollection([new("GATEWAY_ACTOR_WAIT_SECONDS", "20")]).Build(), time,
                NullLogger<QuotaGate>.Instance);
        }

        public AccountLeases Leases { get; }

        public async Task<(Admission? Admission, GatewayException? Refusal)> TryAsync(KeyRecord key, CancellationToken cancellationToken = default)
        {
            try
            {
                var envelope = new RequestEnvelope { Model = "m", MaxTokens = 100 };
                return (await _gate.AdmitAsync(key, envelope, Body.Length, Model, Routes, null, new DefaultHttpContext().Response, cancellationToken), null);
            }
            catch (GatewayException e)
            {
                return (null, e);
            }
        }

        /// <summary>Lets the time pass after which what is not in use goes back to the accounts.</summary>
        public async Task GiveBackAsync(IEnumerable<string> ids)
        {
            ((ShiftedTime)_time).Advance(TimeSpan.FromSeconds(3));
            foreach (var id in ids)
                await Leases.For(id).MaintainAsync(default);
        }

        public void Dispose()
        {
            Leases.Dispose();
            _queue.Dispose();
            _counters.Dispose();
        }
    }
}
