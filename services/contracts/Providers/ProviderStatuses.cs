namespace Gateway.Contracts.Providers;

/// <summary>How the providers stand, by name.</summary>
public sealed record ProviderStatuses
{
    public required IReadOnlyList<ProviderStatus> Data { get; init; }
}
