using System.Text.Json.Serialization;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>A budget in the shape of Anthropic's spend limits.</summary>
internal sealed record SpendLimitView
{
    public string Type { get; } = "spend_limit";
    public required string Id { get; init; }
    public required string CreatedAt { get; init; }
    public required string UpdatedAt { get; init; }
    public required SpendScope Scope { get; init; }

    /// <summary>In cents; null: it has just been taken away.</summary>
    public required string? Amount { get; init; }
    public required string Currency { get; init; }

    /// <summary><c>daily</c>, <c>weekly</c>, <c>monthly</c>, and <c>total</c>, which Anthropic does not have.</summary>
    public required string Period { get; init; }

    /// <summary>A team's and an organisation's budget is one for all of its keys.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PooledBudgetView? PooledBudget { get; init; }

    public static SpendLimitView Of(SpendLimitEntry limit, decimal? spent = null) => new()
    {
        Id = SpendLimitId.Of(limit.AccountId),
        CreatedAt = SpendJson.Time(limit.Dates.Set),
        UpdatedAt = SpendJson.Time(limit.Dates.Changed),
        Scope = SpendScope.Of(limit.AccountId),
        Amount = SpendJson.Cents(limit.Budget.Amount),
        Currency = limit.Budget.Currency,
        Period = NameOf(limit.Budget.Period),
        PooledBudget = AccountIds.IsGroup(limit.AccountId)
            ? new()
            {
                Amount = SpendJson.Cents(limit.Budget.Amount),
                Currency = limit.Budget.Currency,
                PeriodToDateSpend = spent is { } money ? SpendJson.Cents(money) : null,
            }
            : null,
    };

    public static string NameOf(BudgetPeriod period) => period.Name() ?? "total";
}
