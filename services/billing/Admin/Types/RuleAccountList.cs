namespace Gateway.Billing.Admin;

/// <summary>A page of a rule's accounts, in the order in which their values came.</summary>
internal sealed record RuleAccountList
{
    /// <summary>The accounts of this page; that of further values, where there are such, is the last of the last page.</summary>
    public required IReadOnlyList<RuleAccountView> Data { get; init; }

    /// <summary>Whether more follow.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> for the next page; left out on the last.</summary>
    public string? NextAfter { get; init; }
}
