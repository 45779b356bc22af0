namespace Gateway.Billing.Admin;

/// <summary>A page of users, oldest first.</summary>
internal sealed record UserList
{
    /// <summary>The users of this page. With a filter a page may be short and still have more.</summary>
    public required IReadOnlyList<UserView> Data { get; init; }

    /// <summary>Whether more follow.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> for the next page; left out on the last.</summary>
    public string? NextAfter { get; init; }
}
