namespace Gateway.Contracts.Accounts;

/// <summary>What a key's account says in one turn of its facts, in order.</summary>
public sealed record AccountFacts
{
    public IReadOnlyList<DayFacts> Days { get; init; } = [];

    /// <summary>What to ask next; null at the end.</summary>
    public FactsQuery? Next { get; init; }
}
