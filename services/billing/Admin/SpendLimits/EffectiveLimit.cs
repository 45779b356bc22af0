using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>What a key may spend in a period, whose limit that is, and what it has spent.</summary>
internal sealed record EffectiveLimit
{
    public required SpendScope Scope { get; init; }

    /// <summary>The key's team.</summary>
    public required IReadOnlyList<string> Groups { get; init; }
    public required EffectiveActor Actor { get; init; }

    /// <summary>In cents; null: nothing limits it.</summary>
    public required string? Amount { get; init; }
    public string Currency { get; } = "USD";
    public required string Period { get; init; }
    public required SpendScope? Source { get; init; }
    public required string? SpendLimitId { get; init; }

    /// <summary>Of the key alone, in cents.</summary>
    public required string PeriodToDateSpend { get; init; }

    public static EffectiveLimit Of(KeyRecord key, string? email, (string AccountId, KeyBudget Budget)? limit, BudgetPeriod period, decimal spent) => new()
    {
        Scope = SpendScope.Of(key.Id),
        Groups = key.TeamId is { } team ? [team] : [],
        Actor = new() { UserId = key.Id, Name = key.Name, EmailAddress = email, Deleted = key.RevokedAt is not null },
        Amount = limit is { } one ? SpendJson.Cents(one.Budget.Amount) : null,
        Period = SpendLimitView.NameOf(period),
        Source = limit is { } source ? SpendScope.Of(source.AccountId) : null,
        SpendLimitId = limit is { } named ? SpendLimits.SpendLimitId.Of(named.AccountId) : null,
        PeriodToDateSpend = SpendJson.Cents(spent),
    };
}
