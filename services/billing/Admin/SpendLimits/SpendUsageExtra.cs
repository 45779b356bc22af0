using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>The budget that is used most, in cents. Its limit is called monthly whatever its period.</summary>
internal sealed record SpendUsageExtra
{
    public bool IsEnabled { get; } = true;
    public required decimal? MonthlyLimit { get; init; }
    public required decimal UsedCredits { get; init; }

    /// <summary>From 0 to 100.</summary>
    public required int? Utilization { get; init; }
    public required string Currency { get; init; }

    /// <summary>Where nothing is limited: what the day has cost so far.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SpendUsageWindow? Daily { get; init; }

    /// <summary>And the week.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SpendUsageWindow? Weekly { get; init; }
}
