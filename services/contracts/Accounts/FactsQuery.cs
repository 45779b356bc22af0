namespace Gateway.Contracts.Accounts;

/// <summary>Days of the UTC calendar, both included; in the middle of the first one where the answer before ended there.</summary>
public sealed record FactsQuery
{
    public required DateOnly From { get; init; }
    public required DateOnly To { get; init; }

    /// <summary>The pages of the first day still to read: from this one to the one before <see cref="End"/>. Both 0: the day from its beginning.</summary>
    public int Page { get; init; }
    public int End { get; init; }
}
