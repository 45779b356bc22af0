using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>The open page of a day's facts, and how many closed ones there are.</summary>
internal sealed record OpenFacts
{
    public int Pages { get; set; }

    public List<UsageFact> Facts { get; init; } = [];
}
