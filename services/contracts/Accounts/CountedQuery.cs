namespace Gateway.Contracts.Accounts;

/// <summary>A number of a source and a key, as usage events carry it.</summary>
public sealed record CountedQuery
{
    public required string Source { get; init; }
    public required string SequenceKey { get; init; }
    public required long Sequence { get; init; }
}
