using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

public sealed record RulePage
{
    public IReadOnlyList<RuleRecord> Rules { get; init; } = [];

    /// <summary>What to ask for next; null at the end.</summary>
    public string? Next { get; init; }

    /// <summary>The query's <c>after</c> is no id of the list.</summary>
    public bool UnknownAfter { get; init; }
}
