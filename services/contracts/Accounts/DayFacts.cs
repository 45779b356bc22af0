namespace Gateway.Contracts.Accounts;

/// <summary>Facts of one UTC day, all or some of them.</summary>
public sealed record DayFacts
{
    public required DateOnly Day { get; init; }

    /// <summary>
    /// The day's roll-up as it stood when the facts did that come in this answer and the following ones; null where an earlier one had it. What it has
    /// more than the facts was recorded before there were any.
    /// </summary>
    public IReadOnlyList<UsageRow>? Rows { get; init; }

    public required IReadOnlyList<UsageFact> Facts { get; init; }
}
