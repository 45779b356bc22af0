namespace Gateway.Billing.Admin;

/// <summary>For each account, whether its events, its roll-ups and its balance say the same (rule F40).</summary>
internal sealed record ReconciliationReport
{
    /// <summary>A line for each account that this call has counted to its end; there may be none.</summary>
    public required IReadOnlyList<ReconciliationLine> Data { get; init; }

    /// <summary>Whether every line is.</summary>
    /// <example>true</example>
    public required bool Consistent { get; init; }

    /// <summary>The account that the next call goes on with; left out where it begins with another one.</summary>
    public CountedAccount? Counting { get; init; }

    /// <summary>Whether there is more to count.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> to go on, unchanged: it carries what is counted so far. Left out when everything is counted.</summary>
    public string? NextAfter { get; init; }
}
