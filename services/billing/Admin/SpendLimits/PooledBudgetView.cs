using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>What the keys of a team or an organisation may spend together, in cents.</summary>
internal sealed record PooledBudgetView
{
    public required string Amount { get; init; }

    /// <summary>A budget is in force or gone.</summary>
    public bool Paused { get; }
    public required string Currency { get; init; }

    /// <summary>Left out of what has been.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PeriodToDateSpend { get; init; }
}
