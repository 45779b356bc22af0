using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>One budget that holds for a key.</summary>
internal sealed record SpendUsageLimit
{
    private const decimal MostWhileLeft = 0.99m;

    public string Kind { get; } = "spend";

    /// <summary>Its period.</summary>
    public required string Group { get; init; }

    /// <summary>From 0 to 99 while something is left.</summary>
    public required int Percent { get; init; }

    /// <summary>Null for a budget in total.</summary>
    public required string? ResetsAt { get; init; }

    /// <summary><c>normal</c>, <c>warning</c> above 75 %, <c>critical</c> above 95 %.</summary>
    public required string Severity { get; init; }

    /// <summary>Of several, the one that is used most.</summary>
    public required bool IsActive { get; init; }

    public static SpendUsageLimit Of(BudgetStatus budget, bool active)
    {
        var used = budget.PartSpent();
        return new()
        {
            Group = SpendLimitView.NameOf(budget.Period),
            Percent = (int)Math.Round(100 * (used >= 1 ? used : Math.Min(used, MostWhileLeft))),
            ResetsAt = budget.ResetsAt is { } at ? SpendJson.Time(at) : null,
            Severity = used > 0.95m ? "critical" : used > 0.75m ? "warning" : "normal",
            IsActive = active,
        };
    }
}
