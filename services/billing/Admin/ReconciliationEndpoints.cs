using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Counts each key's events one by one and holds them against its roll-ups and its balance (rule F40).</summary>
internal static class ReconciliationEndpoints
{
    private const int EventPageSize = 500;

    /// <summary>Reconciliation</summary>
    /// <remarks>Whether the events of each account sum up to its roll-ups and to its balance. Reads every event: it takes its time.</remarks>
    /// <param name="keyId" example="key_4QmVXb2s">Only this key, team or organisation; without it, all keys in pages.</param>
    public static async Task<Results<Ok<ReconciliationReport>, InvalidProblem>> GetAsync(
        string? keyId, [AsParameters] PageQuery page, IActorProxyFactory actors)
    {
        if (!page.TryLimit(out var limit, out var problem))
            return problem!;
        if (keyId is not null && !AccountIds.IsPossible(keyId))
            return new InvalidProblem("keyId", "The id of a key, team or organisation; leave the parameter out for all keys.");

        IReadOnlyList<string> ids;
        string? next = null;
        if (keyId is not null)
        {
            ids = [keyId];
        }
        else
        {
            var keys = await KeyEndpoints.Directory(actors).ListKeysAsync(new ListQuery { After = page.After, Limit = limit });
            if (keys.UnknownAfter)
                return new InvalidProblem("after", "There is no such key.");
            ids = [.. keys.Keys.Select(k => k.Id)];
            next = keys.Next;
        }

        var lines = new List<ReconciliationLine>();
        foreach (var id in ids)
            lines.Add(await CountAsync(id, actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account)));
        return TypedResults.Ok(new ReconciliationReport
        {
            Data = lines,
            Consistent = lines.TrueForAll(l => l.Consistent),
            HasMore = next is not null,
            NextAfter = next,
        });
    }

    private static async Task<ReconciliationLine> CountAsync(string id, IAccountActor account)
    {
        // The balance first: events that come while counting are left out below.
        var balance = await account.GetBalanceAsync();
        var costs = new Dictionary<string, decimal>();
        long events = 0, unpriced = 0;
        while (events < balance.Events && !AccountIds.IsGroup(id))
        {
            var page = await account.ListEventsAsync(new EventQuery { After = events, Limit = (int)Math.Min(EventPageSize, balance.Events - events) });
            var read = page.ReadEvents();
            foreach (var e in read)
            {
                events++;
                if (e.Cost is { } cost)
                    costs[cost.Currency] = costs.GetValueOrDefault(cost.Currency) + cost.Amount;
                else
                    unpriced++;
            }

            if (read.Count == 0)
                break;
        }

        var rollups = new UsageSums();
        var rolled = new Dictionary<string, decimal>();
        var usage = balance is { FirstDay: { } first, LastDay: { } last } ? await account.GetUsageAsync(new UsageQuery { From = first, To = last }) : new();
        foreach (var row in usage.Rows)
        {
            rollups.Add(row.Sums);
            if (row.Currency is { } currency)
                rolled[currency] = rolled.GetValueOrDefault(currency) + row.Sums.Cost;
        }

        // A group keeps no events of its own: its roll-ups are held against its balance.
        if (AccountIds.IsGroup(id))
            (events, unpriced, costs) = (rollups.Requests, rollups.UnpricedRequests, rolled);

        // Roll-ups read after an event that came meanwhile may be ahead; then they are compared at the next look.
        var moved = rollups.Requests > balance.Events;
        return new()
        {
            KeyId = id,
            Consistent = events == balance.Events && unpriced == balance.UnpricedRequests && Same(costs, balance.Spent)
                && (moved || (rollups.Requests == events && Same(rolled, costs))),
            Events = events,
            EventCost = costs,
            RollupCost = rolled,
            RollupRequests = rollups.Requests,
            Balance = balance,
        };
    }

    private static bool Same(Dictionary<string, decimal> one, IReadOnlyDictionary<string, decimal> other) =>
        one.Count == other.Count && one.All(c => other.TryGetValue(c.Key, out var amount) && amount == c.Value);
}
