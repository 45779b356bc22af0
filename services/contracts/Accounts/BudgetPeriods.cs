namespace Gateway.Contracts.Accounts;

/// <summary>A budget's periods by the names that Anthropic has for them, in headers, spend limits and texts.</summary>
public static class BudgetPeriods
{
    /// <summary><c>daily</c>, <c>weekly</c> or <c>monthly</c>; null for a budget in total, which Anthropic does not have.</summary>
    public static string? Name(this BudgetPeriod period) => period switch
    {
        BudgetPeriod.Day => "daily",
        BudgetPeriod.Week => "weekly",
        BudgetPeriod.Month => "monthly",
        _ => null,
    };

    /// <summary>The period of such a name; null for any other text.</summary>
    public static BudgetPeriod? Of(string name) => name switch
    {
        "daily" => BudgetPeriod.Day,
        "weekly" => BudgetPeriod.Week,
        "monthly" => BudgetPeriod.Month,
        _ => null,
    };
}
