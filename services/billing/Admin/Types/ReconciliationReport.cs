namespace Gateway.Billing.Admin;

/// <summary>For each account, whether its events, its roll-ups and its balance say the same (rule F40).</summary>
internal sealed record ReconciliationReport
{
    /// <summary>A line for each account of this page.</summary>
    public required IReadOnlyList<ReconciliationLine> Data { get; init; }

    /// <summary>Whether every line is.</summary>
    /// <example>true</example>
    public required bool Consistent { get; init; }

    /// <summary>Whether more accounts follow.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> for the next page; left out on the last.</summary>
    public string? NextAfter { get; init; }
}
