namespace Gateway.Contracts.Accounts;

/// <summary>Warnings that the broker has.</summary>
public sealed record WarningsSent
{
    public required IReadOnlyList<string> Ids { get; init; }
}
