using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>A key, or a user, in the directory: the truth that the records in the key store are copies of.</summary>
internal sealed record KeyEntry
{
    public required KeyRecord Record { get; init; }

    /// <summary>Its place in the list.</summary>
    public long Number { get; init; }

    /// <summary>Of its budget; null where it has none, or an older build set it.</summary>
    public BudgetDates? BudgetDates { get; init; }

    /// <summary>The values that open it, the newest last; more than one while a rotation overlaps.</summary>
    public List<KeyHash> Hashes { get; init; } = [];

    /// <summary>Null for a key. A user has no hashes: tokens are looked up by themselves, and lead to the user.</summary>
    public UserEntry? User { get; init; }
}
