using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>
/// Budgets as spend limits: which accounts have one, since when, and every change of one, by whichever call. State key: the list
/// <c>budget-changes</c>.
/// </summary>
internal sealed partial class KeyDirectoryActor
{
    private const string LimitCurrency = "USD";
    private const int PageOfIds = 100;

    private PagedList BudgetChanges => new(StateManager, "budget-changes");

    public async Task<SpendLimitPage> ListSpendLimitsAsync(SpendLimitQuery query)
    {
        SpendLimitKind[] kinds = query.Kind switch
        {
            // To Anthropic a key and a user are both a user.
            SpendLimitKind.Key => [SpendLimitKind.Key, SpendLimitKind.User],
            { } one => [one],
            null => Enum.GetValues<SpendLimitKind>(),
        };
        var down = query.Before is not null;
        var (at, number) = (0, 0L);
        if ((query.After ?? query.Before) is { } cursor)
        {
            if (await NumberOfAsync(cursor) is not { } place || Array.IndexOf(kinds, KindOf(cursor)) is not (>= 0 and var index))
                return new() { UnknownCursor = true };
            (at, number) = (index, place);
        }

        var found = new List<SpendLimitEntry>();
        string? seen = null;
        var (looked, more) = (0, false);
        await foreach (var id in down ? BeforeAsync(kinds, at, number) : AfterAsync(kinds, at, number))
        {
            more = looked++ == MaxLook;
            if (!more && await LimitOfAsync(id) is { } limit)
            {
                more = found.Count == query.Limit;
                if (!more)
                    found.Add(limit);
            }

            if (more)
                break;
            seen = id;
        }

        var next = !more ? null : found.Count == query.Limit ? found[^1].AccountId : seen;
        await StateManager.ClearCacheAsync();
        if (down)
            found.Reverse();
        return new() { Limits = found, Next = next };
    }

    public async Task<SpendLimitEntry?> FindSpendLimitAsync(SpendLimitCommand command)
    {
        var limit = await LimitOfAsync(command.AccountId);
        await StateManager.ClearCacheAsync();
        return limit;
    }

    public async Task<SpendLimitResult> SetSpendLimitAsync(SpendLimitCommand command)
    {
        var id = command.AccountId;
        if (await NumberOfAsync(id) is null)
            return new();
        var before = await LimitOfAsync(id);
        if (command.Amount is not null && before?.Budget is { } budget)
        {
            if (budget.Period != command.Period)
                return Kept($"period: there is a {budget.Period.Name() ?? "total"} limit already, and one is kept. DELETE it first.");
            if (budget.Currency != LimitCurrency)
                return Kept($"currency: there is a limit in {budget.Currency} already. DELETE it first.");
        }

        var patch = command.Amount is { } amount
            ? new JsonObject { ["amount"] = amount, ["currency"] = LimitCurrency, ["period"] = JsonSerializer.SerializeToNode(command.Period) }
            : null;
        var body = new JsonObject { ["budget"] = patch }.ToJsonString();
        var mistake = await PatchAsync(id, body, command.By);
        return mistake is null ? new() { Found = true, Before = before, After = await LimitOfAsync(id) } : Kept(mistake);

        SpendLimitResult Kept(string mistake) => new() { Found = true, Before = before, After = before, Mistake = mistake };
    }

    public async Task<BudgetChangePage> ListBudgetChangesAsync(BudgetChangeQuery query)
    {
        var end = Math.Min((query.OlderThan ?? long.MaxValue) - 1, await BudgetChanges.CountAsync());
        var start = Math.Max(0, end - query.Limit);
        var texts = end <= 0 ? [] : await BudgetChanges.ReadAsync(start, (int)(end - start));
        var changes = texts
            .Select((text, i) => JsonSerializer.Deserialize<BudgetChange>(text, JsonSerializerOptions.Web)! with { Number = start + i + 1 })
            .Reverse()
            .ToList();
        await StateManager.ClearCacheAsync();
        return new() { Changes = changes, More = start > 0 };
    }

    /// <summary>What is wrong with it; null when it is done.</summary>
    private async Task<string?> PatchAsync(string id, string body, AdminCaller by)
    {
        var (errors, conflict) = (default(Dictionary<string, string[]>), default(string));
        if (AccountIds.IsGroup(id))
        {
            var result = await UpdateGroupAsync(new GroupCommand { By = by, Id = id, Body = body });
            (errors, conflict) = (result.Errors, result.Conflict);
        }
        else
        {
            var result = await UpdateKeyAsync(new KeyCommand { By = by, Id = id, Body = body });
            (errors, conflict) = (result.Errors, result.Conflict);
        }

        if (conflict is not null)
            return "scope: " + conflict;
        return errors is null
            ? null
            : string.Join(" ", errors.Select(e => $"{e.Key.Replace("budget.", "", StringComparison.Ordinal)}: {string.Join(" ", e.Value)}"));
    }

    /// <summary>The dates of a budget after a change, which is noted with them. The caller saves.</summary>
    private async Task<BudgetDates?> DatesAsync(string id, DateTimeOffset made, BudgetDates? dates, KeyBudget? before, KeyBudget? after)
    {
        if (before == after)
            return dates;
        // A budget of an older build has none.
        var old = before is null ? null : dates ?? new() { Set = made, Changed = made };
        var now = after is null ? null : new BudgetDates { Set = old?.Set ?? Now, Changed = Now };
        var change = new BudgetChange
        {
            AccountId = id,
            Time = Now,
            Before = before is null ? null : new() { AccountId = id, Budget = before, Dates = old! },
            After = after is null ? null : new() { AccountId = id, Budget = after, Dates = now! },
        };
        await BudgetChanges.AppendAsync(JsonSerializer.Serialize(change, JsonSerializerOptions.Web));
        return now;
    }

    private async Task<SpendLimitEntry?> LimitOfAsync(string id)
    {
        var (budget, dates, made) = AccountIds.IsGroup(id)
            ? await FindGroupAsync(id) is { Group.DeletedAt: null } group ? (group.Group.Budget, group.BudgetDates, group.Group.CreatedAt) : default
            : await FindAsync(id) is { Record.RevokedAt: null } key ? (key.Record.Budget, key.BudgetDates, key.Record.CreatedAt) : default;
        return budget is null ? null : new() { AccountId = id, Budget = budget, Dates = dates ?? new() { Set = made, Changed = made } };
    }

    private static SpendLimitKind KindOf(string id) =>
        AccountIds.IsOrganization(id) ? SpendLimitKind.Organization : AccountIds.IsTeam(id) ? SpendLimitKind.Team
        : AccountIds.IsUser(id) ? SpendLimitKind.User : SpendLimitKind.Key;

    private PagedList ListOf(SpendLimitKind kind) => kind switch
    {
        SpendLimitKind.Key => Keys,
        SpendLimitKind.User => Users,
        _ => Groups(kind == SpendLimitKind.Organization),
    };

    /// <summary>An account's place in its list; null: there is no such account.</summary>
    private async Task<long?> NumberOfAsync(string id) => AccountIds.IsGroup(id) ? (await FindGroupAsync(id))?.Number : (await FindAsync(id))?.Number;

    private async IAsyncEnumerable<string> AfterAsync(SpendLimitKind[] kinds, int at, long number)
    {
        for (; at < kinds.Length; at++, number = 0)
        {
            while (await ListOf(kinds[at]).ReadAsync(number, PageOfIds) is { Count: > 0 } ids)
            {
                number += ids.Count;
                foreach (var id in ids)
                    yield return id;
            }
        }
    }

    private async IAsyncEnumerable<string> BeforeAsync(SpendLimitKind[] kinds, int at, long number)
    {
        while (true)
        {
            while (number > 1)
            {
                var start = Math.Max(0, number - 1 - PageOfIds);
                var ids = await ListOf(kinds[at]).ReadAsync(start, (int)(number - 1 - start));
                for (var i = ids.Count - 1; i >= 0; i--)
                    yield return ids[i];
                number = start + 1;
            }

            if (--at < 0)
                yield break;
            number = await ListOf(kinds[at]).CountAsync() + 1;
        }
    }
}
