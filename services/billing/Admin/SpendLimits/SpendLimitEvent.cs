using System.Globalization;
using Gateway.Billing.Keys;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>A change of a limit, by these calls or by those of <c>/admin/v1</c>.</summary>
internal sealed record SpendLimitEvent
{
    public string Type { get; } = "audit_event";
    public required string Id { get; init; }
    public required string CreatedAt { get; init; }

    /// <summary>All calls are the admin key's.</summary>
    public string Actor { get; } = "admin-key";
    public required string Action { get; init; }
    public required string TargetId { get; init; }
    public required SpendLimitView? Before { get; init; }
    public required SpendLimitView? After { get; init; }
    public string? Reason { get; }

    public static SpendLimitEvent Of(BudgetChange change) => new()
    {
        Id = change.Number.ToString(CultureInfo.InvariantCulture),
        CreatedAt = SpendJson.Time(change.Time),
        Action = change.After is null ? "spend_limit.delete" : "spend_limit.upsert",
        TargetId = SpendLimitId.Of(change.AccountId),
        Before = change.Before is { } before ? SpendLimitView.Of(before) : null,
        After = change.After is { } after ? SpendLimitView.Of(after) : null,
    };
}
