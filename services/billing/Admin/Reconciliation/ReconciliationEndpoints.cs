using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Billing.SignIn;
using Gateway.Contracts.Accounts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin.Reconciliation;

/// <summary>Counts each key's events one by one and holds them against its roll-ups and its balance (rule F40), some of them in each call.</summary>
internal static class ReconciliationEndpoints
{
    /// <summary>Of a call: a second or two.</summary>
    public const int EventsPerCall = 50_000;

    /// <summary>Reconciliation</summary>
    /// <remarks>
    /// Whether the events of each account sum up to its roll-ups and to its balance. A call reads about 50,000 events: as long as there is a
    /// <c>nextAfter</c>, send it as <c>after</c>, and an account that has more is gone on with. It carries what is counted of that account.
    /// </remarks>
    /// <param name="keyId" example="key_4QmVXb2s">Only this key, team or organisation; without it, all keys in pages.</param>
    public static async Task<Results<Ok<ReconciliationReport>, InvalidProblem>> GetAsync(
        string? keyId, [AsParameters] PageQuery page, IActorProxyFactory actors, InstallationHasher hashers)
    {
        if (!page.TryLimit(out var limit, out var problem))
            return problem!;
        if (keyId is not null && !AccountIds.IsPossible(keyId))
            return new InvalidProblem("keyId", "The id of a key, team or organisation; leave the parameter out for all keys.");
        var hasher = await hashers.GetAsync();
        var place = page.After is null ? new ReconciliationPlace() : ReconciliationPlace.Of(page.After, hasher);
        if (place is null || (keyId is not null && page.After is not null && place.Count?.KeyId != keyId))
            return NotAPlace();

        IReadOnlyList<string> ids = [keyId ?? ""];
        string? next = null;
        if (keyId is null)
        {
            var keys = await KeyEndpoints.Directory(actors).ListKeysAsync(new ListQuery { After = place.After, Limit = limit });
            if (keys.UnknownAfter)
                return NotAPlace();
            (ids, next) = ([.. keys.Keys.Select(k => k.Id)], keys.Next);
        }

        var (report, rest) = await CountAsync(new AccountCounter(actors, EventsPerCall), ids, place, next);
        return TypedResults.Ok(report with { HasMore = rest is not null, NextAfter = rest?.ToText(hasher) });
    }

    private static InvalidProblem NotAPlace() =>
        new("after", "The nextAfter of the answer before, unchanged and with its keyId; leave it out to begin anew.");

    /// <summary>The accounts until the work of one call is done, and where to go on.</summary>
    /// <param name="counter">It does the work.</param>
    /// <param name="ids">The accounts.</param>
    /// <param name="place">Before the first of them.</param>
    /// <param name="next">Behind the last of them; null: there are no more.</param>
    internal static async Task<(ReconciliationReport Report, ReconciliationPlace? Next)> CountAsync(
        AccountCounter counter, IReadOnlyList<string> ids, ReconciliationPlace place, string? next)
    {
        var lines = new List<ReconciliationLine>();
        CountedAccount? counting = null;
        var rest = next is null ? null : new ReconciliationPlace { After = next };
        foreach (var id in ids)
        {
            var before = lines.Count > 0 ? lines[^1].KeyId : place.After;
            if (lines.Count > 0 && counter.IsDone)
            {
                rest = new() { After = before };
                break;
            }

            var count = place.Count?.KeyId == id ? place.Count : new AccountCount { KeyId = id };
            if (await counter.CountAsync(count) is { } line)
            {
                lines.Add(line);
                continue;
            }

            rest = new() { After = before, Count = count };
            counting = new() { KeyId = id, Events = count.Read };
            break;
        }

        return (new() { Data = lines, Consistent = lines.TrueForAll(l => l.Consistent), HasMore = rest is not null, Counting = counting }, rest);
    }
}
