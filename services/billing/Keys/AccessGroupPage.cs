using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

public sealed record AccessGroupPage
{
    public IReadOnlyList<AccessGroupView> Groups { get; init; } = [];

    /// <summary>What to ask for next; null at the end.</summary>
    public string? Next { get; init; }

    /// <summary>The query's <c>after</c> is no name of the list.</summary>
    public bool UnknownAfter { get; init; }
}
