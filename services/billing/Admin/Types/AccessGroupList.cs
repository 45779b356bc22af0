namespace Gateway.Billing.Admin;

/// <summary>A page of access groups, by name.</summary>
internal sealed record AccessGroupList
{
    /// <summary>The groups of this page.</summary>
    public required IReadOnlyList<AccessGroupView> Data { get; init; }

    /// <summary>Whether more follow.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> for the next page; left out on the last.</summary>
    public string? NextAfter { get; init; }
}
