namespace Gateway.Billing.Admin;

/// <summary>A page of admin keys, oldest first.</summary>
internal sealed record AdminKeyList
{
    /// <summary>The admin keys of this page, revoked ones included.</summary>
    public required IReadOnlyList<AdminKeyView> Data { get; init; }

    /// <summary>Whether more follow.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> for the next page; left out on the last.</summary>
    public string? NextAfter { get; init; }
}
