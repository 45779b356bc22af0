namespace Gateway.Billing.Admin;

/// <summary>A page of rules, oldest first.</summary>
internal sealed record RuleList
{
    /// <summary>The rules of this page, without their status.</summary>
    public required IReadOnlyList<RuleView> Data { get; init; }

    /// <summary>Whether more follow.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> for the next page; left out on the last.</summary>
    public string? NextAfter { get; init; }
}
