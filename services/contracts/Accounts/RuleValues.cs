namespace Gateway.Contracts.Accounts;

public sealed record RuleValues
{
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>What to pass over next; null at the end.</summary>
    public long? Next { get; init; }

    /// <summary>Whether further values share an account.</summary>
    public bool AreShared { get; init; }
}
