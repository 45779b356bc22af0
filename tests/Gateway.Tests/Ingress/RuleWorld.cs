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
using Gateway.Tests.ProviderAdapter;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Ingress;

/// <summary>
/// Keys in teams in organisations, rules of all kinds over them, two instances of ingress with their own leases, requests at the same time, routes that fail
/// and are followed by others, instances that die, calls whose answers are lost. All of it is made from numbers, so that a failing run shrinks.
/// </summary>
internal sealed class RuleWorld : IDisposable
{
    // What one request needs, of any strict budget.
    private const decimal Most = 0.0039m;
    private const int BodyBytes = 400;
    private static readonly string[] Models = ["a/one", "a/two", "b/three"];
    private static readonly string[] Providers = ["north", "south"];
    private static readonly KeyHasher Hasher = new(Convert.ToBase64String(new byte[32]));
    private static readonly RequestEnvelope Envelope = new() { Model = "m", MaxTokens = 100 };

    private readonly ManualTime _time = new(new DateTimeOffset(2026, 3, 14, 12, 0, 0, TimeSpan.Zero));
    private readonly Dictionary<string, AccountSettings> _settings = new(StringComparer.Ordinal);
    private readonly List<KeyRecord> _keys = [];
    private readonly List<Door> _doors = [];
    private readonly List<Running> _running = [];
    private readonly List<UsageEvent> _events = [];
    private readonly Dictionary<string, decimal> _spent = [];
    private readonly Dictionary<string, int> _admitted = [];
    private readonly MemoryAccounts _accounts;
    private int _ids;

    public RuleWorld(int[] shape)
    {
        var at = 0;
        _accounts = new MemoryAccounts(id => _settings[AccountIds.IsRule(id) ? AccountIds.RuleOf(id) : id], _time);
        var groups = new List<(string Team, string? Org)>();
        for (var i = 0; i < 2; i++)
        {
            var (org, team) = (Next(3) > 0 ? $"org:{i % (1 + Next(2))}" : null, $"team:{i}");
            groups.Add((team, org));
            _settings[team] = Settings();
            if (org is not null)
                _settings.TryAdd(org, Settings());
        }

        var scopes = groups.SelectMany(g => new[] { g.Team, g.Org }).Append("key_0").Append(null).Distinct().ToList();
        var access = new AccessGroups { Models = new Dictionary<string, IReadOnlyList<string>> { ["group:g"] = ["a/*"] } };
        var rules = new List<RuleRecord>();
        for (var i = Next(6); i > 0; i--)
        {
            var (by, value) = Next(10) switch
            {
                0 => (RuleRecord.ByModel, "a/one"),
                1 => (RuleRecord.ByModel, "a/*"),
                2 => (RuleRecord.ByModel, null),
                3 => ("group:g", null),
                4 => (RuleRecord.ByProvider, (string?)"north"),
                5 => ("tag:project", "x"),
                6 => ("tag:project", null),
                7 => (RuleRecord.ByUser, "ada"),
                8 => (RuleRecord.ByUser, null),
                _ => (RuleRecord.ByProvider, null),
            };
            var rule = new RuleRecord { Id = $"rule:{i}", CreatedAt = _time.Now, Scope = scopes[Next(scopes.Count)], By = by, Value = value };
            rules.Add(rule);
            _settings[rule.Id] = Settings();
        }

        for (var i = 0; i < 3; i++)
        {
            var (team, org) = groups[i % 2];
            var id = $"key_{i}";
            var own = Next(3) > 0 ? Settings() : new();
            _settings[id] = own;
            string[] accounts = Next(4) == 0 ? [id] : org is null ? [id, team] : [id, team, org];
            var key = new KeyRecord { Id = id, CreatedAt = _time.Now, Limits = own.Limits, Budget = own.Budget, Accounts = accounts, AccessGroups = access };
            // Of two keys a person's, and in another form in each.
            if (i < 2)
                key = key with { UserId = "ada", UserIds = i == 0 ? UserIdForm.Plain : UserIdForm.Hash };
            _keys.Add(key with { Rules = new RuleSet { Rules = rules }.For(key) });
        }

        for (var i = 0; i < 2; i++)
            _doors.Add(new Door(_accounts));

        int Next(int below) => at < shape.Length ? shape[at++] % below : 0;

        AccountSettings Settings() => new()
        {
            Limits = Next(3) == 0 ? null : new KeyLimits { RequestsPerMinute = 5 + Next(20), ConcurrentRequests = 1 + Next(6) },
            Budget = Next(3) == 0 ? null : new KeyBudget { Amount = Most * (1 + Next(8)) },
        };
    }

    /// <summary>Null, or what does not hold.</summary>
    public async Task<string?> RunAsync(int[] script)
    {
        foreach (var step in script)
        {
            if (await DoAsync(step % 10, step / 10) is { } broken)
                return broken;
            if (Broken() is { } over)
                return over;
        }

        return await EndAsync();
    }

    public void Dispose() => _doors.ForEach(door => door.Dispose());

    private async Task<string?> DoAsync(int what, int size)
    {
        switch (what)
        {
            case 0 or 1 or 2:
                return await StartAsync(1 + (size % 5), size);
            case 3 or 4 when _running.Count > 0:
                Finish(_running[size % _running.Count], Most * (size % 5) / 4);
                return null;
            case 5 when _running.Count > 0:
                await MoveAsync(_running[size % _running.Count], size);
                return null;
            case 6 when _events.Count > 0:
                Deliver(_events[size % _events.Count]);
                return null;
            case 7 when size % 6 == 0:
                _accounts.FailNext(1 + (size % 2));
                return null;
            case 8 when size % 4 == 0:
                // What runs there is gone; what was recorded is in its outbox.
                var dead = size / 4 % _doors.Count;
                _running.RemoveAll(running => running.Door == _doors[dead]);
                _doors[dead] = new Door(_accounts);
                return null;
            default:
                await _doors[size % _doors.Count].MaintainAsync(TimeSpan.FromSeconds(3));
                return null;
        }
    }

    private async Task<string?> StartAsync(int count, int size)
    {
        var tries = await Task.WhenAll(Enumerable.Range(size, count).Select(n => Task.Run(() =>
            _doors[n % 2].TryAsync(_keys[n / 2 % _keys.Count], Models[n / 6 % Models.Length], new[] { null, "x", "y" }[n / 18 % 3]))));
        foreach (var (running, expected) in tries.OfType<(Running Running, List<string> Expected)>())
        {
            var has = running.Admission.Parts.Select(part => part.Lease.AccountId).Concat(running.Admission.Place?.Parts.Select(p => p.Lease.AccountId) ?? []);
            if (!has.Order(StringComparer.Ordinal).SequenceEqual(expected.Order(StringComparer.Ordinal)))
                return $"it has places in {string.Join(", ", has)}, and should have them in {string.Join(", ", expected)}";
            _running.Add(running);
            foreach (var account in expected)
                _admitted[account] = _admitted.GetValueOrDefault(account) + 1;
        }

        return null;
    }

    private async Task MoveAsync(Running running, int size)
    {
        var route = running.Admission.Routes[size % running.Admission.Routes.Count];
        if (running.Admission.Providers is null || running.Admission.IsAt(route) || !await running.Door.Gate.TryMoveAsync(running.Admission, route))
            return;
        foreach (var (lease, _) in running.Admission.Place!.Parts)
            _admitted[lease.AccountId] = _admitted.GetValueOrDefault(lease.AccountId) + 1;
    }

    private void Finish(Running running, decimal cost)
    {
        _running.Remove(running);
        _events.Add(BillingRig.Event($"r{++_ids}", running.Key.Id, _time.Now, cost) with
        {
            Accounts = running.Admission.AccountsWith(running.Key),
            LeaseId = running.Admission.LeaseId,
        });
        running.Admission.Finish(
            new TokenUsage { InputTokens = 10, OutputTokens = 10 }, new Cost { Amount = cost, Currency = "USD", Price = BillingRig.Dollars });
    }

    private void Deliver(UsageEvent e)
    {
        _events.Remove(e);
        foreach (var id in e.Accounts!)
        {
            _accounts.Of(id).Record(BillingRig.Entry(e));
            _spent[id] = _spent.GetValueOrDefault(id) + e.Cost!.Amount;
        }
    }

    private string? Broken()
    {
        foreach (var (id, account) in _accounts.All)
        {
            var (status, limits) = (account.Status, _settings[AccountIds.IsRule(id) ? AccountIds.RuleOf(id) : id].Limits);
            if (status.Budget is { } budget && (budget.Spent + budget.Held > budget.Amount || budget.Spent != _spent.GetValueOrDefault(id)))
                return $"{id}: {budget.Spent} spent and {budget.Held} held of {budget.Amount}; events say {_spent.GetValueOrDefault(id)}";
            if (limits is null)
                continue;
            var running = _running.Count(r => r.Admission.Parts.Concat(r.Admission.Place?.Parts ?? []).Any(part => part.Lease.AccountId == id));
            if (running > limits.ConcurrentRequests)
                return $"{id}: {running} run, {limits.ConcurrentRequests} may";
            if (_admitted.GetValueOrDefault(id) > limits.RequestsPerMinute)
                return $"{id}: {_admitted[id]} admitted in a minute of {limits.RequestsPerMinute}";
        }

        return null;
    }

    /// <summary>All that runs ends, all events come, all instances stop: then nothing is held by anybody, but by those that died, for a time.</summary>
    private async Task<string?> EndAsync()
    {
        while (_running.Count > 0)
            Finish(_running[0], Most / 2);
        while (_events.Count > 0)
            Deliver(_events[0]);
        _accounts.FailNext(0);
        foreach (var door in _doors)
        {
            await door.MaintainAsync(TimeSpan.FromSeconds(11));
            await door.MaintainAsync(TimeSpan.FromSeconds(11));
            await door.Leases.StopAsync(default);
        }

        if (Broken() is { } over)
            return over;
        _time.Advance(TimeSpan.FromSeconds(15 + 900 + 1));
        foreach (var (id, account) in _accounts.All)
        {
            account.Sweep();
            var status = account.Status;
            if (status.SlotsHeld != 0 || status.Budget is { Held: not 0 })
                return $"{id} holds {status.SlotsHeld} slots and {status.Budget?.Held} when all is over";
            if (account.Balance.Overrun != 0)
                return $"{id}: a settlement found {account.Balance.Overrun} less held than it cost";
        }

        return null;
    }

    private sealed record Running(Door Door, KeyRecord Key, Admission Admission);

    private sealed class Door : IDisposable
    {
        private readonly ShiftedTime _time = new();
        private readonly LeaseCounters _counters = new();
        private readonly QuotaQueue _queue;

        public Door(MemoryAccounts accounts)
        {
            Leases = new AccountLeases(AppIds.Ingress, accounts, _counters, _time, NullLogger<AccountLeases>.Instance);
            _queue = new QuotaQueue(new IngressOptions(), _time);
            Gate = new QuotaGate(
                Leases, new RuleAccounts(accounts, Leases, _time), _queue, _counters, new IngressOptions(), new ConfigurationBuilder().Build(), _time,
                NullLogger<QuotaGate>.Instance);
        }

        public AccountLeases Leases { get; }

        public QuotaGate Gate { get; }

        /// <summary>Null where it was refused, or nothing limits it.</summary>
        public async Task<(Running, List<string>)?> TryAsync(KeyRecord key, string id, string? project)
        {
            var headers = new HeaderDictionary();
            if (project is not null)
                headers[GatewayHeaders.Tags] = "project=" + project;
            var origin = RequestOrigin.Of(key, headers, Envelope, Hasher);
            var entries = Providers.Select(provider => new RouteEntry { Provider = provider, Model = id });
            var model = new ModelEntry { Id = id, Routes = [.. entries], Price = BillingRig.Dollars };
            ModelRoute[] routes = [.. model.Routes.Select(r => new ModelRoute(r, new ProviderEntry { Dialect = "anthropic" }, BillingRig.Dollars))];
            try
            {
                var admission = await Gate.AdmitAsync(key, Envelope, BodyBytes, model, routes, origin, new DefaultHttpContext().Response, default);
                return admission is null ? null : (new Running(this, key, admission), Expected(key, id, project, admission.Routes[0].Entry.Provider));
            }
            catch (GatewayException)
            {
                return null;
            }
        }

        public async Task MaintainAsync(TimeSpan after)
        {
            _time.Advance(after);
            await Leases.MaintainAllAsync(default);
        }

        public void Dispose()
        {
            Leases.Dispose();
            _queue.Dispose();
            _counters.Dispose();
        }

        /// <summary>In plain words, apart from how the gate does it.</summary>
        private static List<string> Expected(KeyRecord key, string model, string? project, string provider)
        {
            var all = key.Accounts!.Where(id => id != key.Id || key.Limits is not null || key.Budget is not null).ToList();
            foreach (var rule in key.Rules ?? [])
            {
                if (rule is { By: "model", Value: null })
                    all.Add(AccountIds.OfValue(rule.Id, model));
                else if ((rule.By == "model" && model.StartsWith(rule.Value!.TrimEnd('*'), StringComparison.Ordinal))
                    || (rule.By == "group:g" && model.StartsWith("a/", StringComparison.Ordinal))
                    || (rule.By == "provider" && rule.Value == provider)
                    || (rule.By == "tag:project" && rule.Value is not null && rule.Value == project)
                    || (rule.By == "user" && rule.Value is not null && rule.Value == key.UserId))
                    all.Add(rule.Id);
                else if (rule is { By: "provider", Value: null })
                    all.Add(AccountIds.OfValue(rule.Id, provider));
                else if (rule is { By: "tag:project", Value: null })
                    all.Add(project is null ? AccountIds.OfFurtherValues(rule.Id) : AccountIds.OfValue(rule.Id, project));
                else if (rule is { By: "user", Value: null })
                    all.Add(key.UserId is null ? AccountIds.OfFurtherValues(rule.Id) : AccountIds.OfValue(rule.Id, Hasher.Pseudonym("user", key.UserId)));
            }

            return all;
        }
    }
}
