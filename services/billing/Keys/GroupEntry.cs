using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

internal sealed record GroupEntry
{
    public required GroupView Group { get; init; }

    /// <summary>Its place in the list.</summary>
    public long Number { get; init; }

    /// <summary>Of its budget; null where it has none, or an older build set it.</summary>
    public BudgetDates? BudgetDates { get; init; }
}
