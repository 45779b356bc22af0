namespace Gateway.Billing.Keys;

public sealed record ListQuery
{
    /// <summary>The id of the last one seen.</summary>
    public string? After { get; init; }
    public required int Limit { get; init; }

    /// <summary>Only keys of this team; for groups, only teams of this organisation.</summary>
    public string? Parent { get; init; }

    /// <summary>
    /// Only those with this in their name or id, a key's shown beginning, a user's address or id at the identity provider, whatever its capitals.
    /// </summary>
    public string? Search { get; init; }

    /// <summary>Only what is in these teams and organisations; null: everything.</summary>
    public IReadOnlyList<string>? Scope { get; init; }

    /// <summary>For groups: organisations instead of teams.</summary>
    public bool Organizations { get; init; }
}
