using Dapr.Actors.Client;
using Gateway.Billing.Accounts;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>What Claude Code's <c>/usage</c> shows: the budgets that hold for a key, and how much of each is spent.</summary>
internal sealed record SpendUsage
{
    public required SpendUsageExtra ExtraUsage { get; init; }
    public required IReadOnlyList<SpendUsageLimit> Limits { get; init; }

    public static async Task<IResult> GetAsync(string id, IActorProxyFactory actors, TimeProvider time)
    {
        if (!AccountIds.IsPossible(id) || (await KeyEndpoints.Directory(actors).GetKeyAsync(new KeyCommand { Id = id })).Key is not { } key)
            throw new GatewayException(ErrorKind.NotFound, $"There is no key {id}.");
        var statuses = await Task.WhenAll((key.Accounts ?? [key.Id]).Select(a => SpendLimitEndpoints.Account(actors, a).GetStatusAsync()));
        var budgets = statuses.Select(s => s.Budget).OfType<BudgetStatus>().ToList();
        if (budgets.Count == 0)
            return SpendJson.Ok(await WithoutLimitAsync(SpendLimitEndpoints.Account(actors, id), BudgetCalendar.Day(time.GetUtcNow())));
        var nearest = budgets.MaxBy(static b => b.PartSpent())!;
        var limits = budgets.ConvertAll(b => SpendUsageLimit.Of(b, ReferenceEquals(b, nearest)));
        return SpendJson.Ok(new SpendUsage
        {
            ExtraUsage = new()
            {
                MonthlyLimit = nearest.Amount * SpendJson.CentsPerUnit,
                UsedCredits = Credits(nearest.Spent),
                Utilization = limits.Single(l => l.IsActive).Percent,
                Currency = nearest.Currency,
            },
            Limits = limits,
        });
    }

    private static async Task<SpendUsage> WithoutLimitAsync(IAccountActor account, DateOnly today)
    {
        const string Currency = "USD";
        var spend = await KeySpend.OfAsync(account, today, Currency);
        return new()
        {
            ExtraUsage = new()
            {
                MonthlyLimit = null,
                UsedCredits = Credits(spend.Month),
                Utilization = null,
                Currency = Currency,
                Daily = new() { UsedCredits = Credits(spend.Day) },
                Weekly = new() { UsedCredits = Credits(spend.Week) },
            },
            Limits = [],
        };
    }

    private static decimal Credits(decimal amount) => Math.Floor(amount * SpendJson.CentsPerUnit);
}
