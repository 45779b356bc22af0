using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>An admin key in the directory.</summary>
internal sealed record AdminEntry
{
    public required AdminRecord Record { get; init; }

    /// <summary>What it is known by in the key store.</summary>
    public required string Hash { get; init; }

    /// <summary>Values of before, while their rotation overlaps.</summary>
    public List<KeyHash> Earlier { get; init; } = [];

    /// <summary>Its place in the list.</summary>
    public long Number { get; init; }
}
