namespace Gateway.Contracts.Providers;

/// <summary>How the breaker of a model stands.</summary>
public sealed record BreakerStatus
{
    /// <summary>The model's id at the provider.</summary>
    public required string Model { get; init; }

    public required BreakerState State { get; init; }

    /// <summary>When it opened, or closed after that.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When an open one lets a call through to see.</summary>
    public DateTimeOffset? TriesAt { get; init; }

    /// <summary>Failures in a row.</summary>
    public required int Failures { get; init; }
}
