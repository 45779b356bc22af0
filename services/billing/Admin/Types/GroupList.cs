namespace Gateway.Billing.Admin;

/// <summary>A page of teams or organisations, oldest first.</summary>
internal sealed record GroupList
{
    /// <summary>The groups of this page, without their status. With a filter a page may be short and still have more.</summary>
    public required IReadOnlyList<GroupView> Data { get; init; }

    /// <summary>Whether more follow.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> for the next page; left out on the last.</summary>
    public string? NextAfter { get; init; }
}
