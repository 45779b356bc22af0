using Dapr.Actors.Client;
using Gateway.Billing.Accounts;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>
/// What holds for each key and user, a line for each period: its own limit, else its team's, else its organisation's, beside what it has spent itself. All of
/// them hold; the line shows the nearest.
/// </summary>
internal static class EffectiveLimits
{
    private const int DefaultLimit = 20;
    private const int MaxUsers = 100;

    /// <summary>The cursor of the first user: users follow the keys.</summary>
    private const string AfterKeys = "users";
    private const int AtOnce = 16;
    private const string Currency = "USD";

    public static async Task<IResult> ListAsync(HttpRequest request, IActorProxyFactory actors, TimeProvider time)
    {
        var query = request.Query;
        var periods = PeriodsOf([.. query["period[]"]]);
        var limit = SpendLimitEndpoints.LimitOf(request, DefaultLimit);
        var asked = query["user_ids[]"];
        if (asked.Count > MaxUsers)
            throw GatewayException.Invalid($"user_ids[]: should be at most {MaxUsers}.");
        foreach (var name in (string[])["q", "sort"])
        {
            if (query.ContainsKey(name))
                throw GatewayException.Invalid($"{name}: is not served here. Leave it out; GET /admin/v1/usage?groupBy=key has spend by key.");
        }

        var directory = KeyEndpoints.Directory(actors);
        string? next = null;
        List<KeyRecord> keys = [];
        var emails = new Dictionary<string, string?>();
        if (asked.Count > 0)
        {
            foreach (var id in asked)
            {
                if (id is null || !AccountIds.IsPossible(id) || (await directory.GetKeyAsync(new KeyCommand { Id = id })).Key is not { } key)
                    continue;
                keys.Add(key);
                if (AccountIds.IsUser(id))
                    emails[id] = (await directory.ChangeUserAsync(new UserCommand { Id = id })).User?.Email;
            }
        }
        else
        {
            var after = query["page"].ToString() is { Length: > 0 } token ? token : null;
            if (after is null || (AccountIds.IsPossible(after) && after != AfterKeys && !AccountIds.IsUser(after)))
            {
                var page = await directory.ListKeysAsync(new ListQuery { Limit = limit, After = after });
                CheckCursor(page.UnknownAfter);
                keys = [.. page.Keys];
                next = page.Next ?? await FirstOfUsersAsync(directory);
            }
            else
            {
                CheckCursor(!AccountIds.IsPossible(after));
                var page = await directory.ListUsersAsync(new ListQuery { Limit = limit, After = after == AfterKeys ? null : after });
                CheckCursor(page.UnknownAfter);
                foreach (var user in page.Users)
                {
                    emails[user.Id] = user.Email;
                    keys.Add((await directory.GetKeyAsync(new KeyCommand { Id = user.Id })).Key!);
                }

                next = page.Next;
            }
        }

        var groups = await GroupsAsync(keys, directory);
        var today = BudgetCalendar.Day(time.GetUtcNow());
        var lines = new EffectiveLimit[keys.Count][];
        await Parallel.ForAsync(0, keys.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
        {
            var spend = await KeySpend.OfAsync(SpendLimitEndpoints.Account(actors, keys[i].Id), today, Currency);
            lines[i] = [.. periods.Select(period => EffectiveLimit.Of(
                keys[i], emails.GetValueOrDefault(keys[i].Id), BudgetFor(keys[i], period, groups), period, spend[period]))];
        });
        return SpendJson.Ok(new EffectiveLimitList { Data = [.. lines.SelectMany(l => l)], NextPage = next });
    }

    private static void CheckCursor(bool isUnknown)
    {
        if (isUnknown)
            throw GatewayException.Invalid("page: should be the next_page of the page before.");
    }

    /// <summary>Where the list goes on behind the last key; null where nobody has signed in yet.</summary>
    private static async Task<string?> FirstOfUsersAsync(IKeyDirectoryActor directory) =>
        (await directory.ListUsersAsync(new ListQuery { Limit = 1 })).Users.Count > 0 ? AfterKeys : null;

    private static BudgetPeriod[] PeriodsOf(IReadOnlyList<string?> names) => names.Count == 0
        ? [BudgetPeriod.Day, BudgetPeriod.Week, BudgetPeriod.Month]
        : [.. names.Select(n => BudgetPeriods.Of(n ?? "") ?? throw GatewayException.Invalid("period[]: should be daily, weekly or monthly.")).Distinct()];

    private static async Task<Dictionary<string, KeyBudget?>> GroupsAsync(List<KeyRecord> keys, IKeyDirectoryActor directory)
    {
        var budgets = new Dictionary<string, KeyBudget?>();
        foreach (var id in keys.SelectMany(k => k.Accounts ?? []).Where(AccountIds.IsGroup).Distinct())
            budgets[id] = (await directory.GetGroupAsync(new GroupCommand { Id = id })).Group?.Budget;
        return budgets;
    }

    private static (string AccountId, KeyBudget Budget)? BudgetFor(KeyRecord key, BudgetPeriod period, Dictionary<string, KeyBudget?> groups)
    {
        foreach (var account in key.Accounts ?? [key.Id])
        {
            if ((account == key.Id ? key.Budget : groups[account]) is { } budget && budget.Period == period && budget.Currency == Currency)
                return (account, budget);
        }

        return null;
    }
}
