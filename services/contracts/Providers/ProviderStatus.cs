namespace Gateway.Contracts.Providers;

/// <summary>How a provider of the catalog stands with the adapter that has answered for it.</summary>
/// <example>
/// {"name":"openai","app":"provider-adapter","replica":"provider-adapter-5d9c7","state":"open","since":"2026-11-30T08:00:00+00:00",
/// "triesAt":"2026-11-30T08:00:05+00:00","failures":10,"running":0,"maxConcurrency":64,"models":[]}
/// </example>
public sealed record ProviderStatus
{
    public required string Name { get; init; }

    /// <summary>The app id of its adapter.</summary>
    public required string App { get; init; }

    /// <summary>
    /// The replica of the adapter that has answered, in Kubernetes its pod; left out where none has. Each has breakers and counts of its own: ask again and
    /// another may answer.
    /// </summary>
    public string? Replica { get; init; }

    /// <summary>A provider that this replica has not called yet is <c>closed</c>.</summary>
    public required BreakerState State { get; init; }

    /// <summary>When it opened, or closed after that; left out where it has never been open since the adapter's start.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When an open one lets a call through to see.</summary>
    public DateTimeOffset? TriesAt { get; init; }

    /// <summary>Failures in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Calls in progress.</summary>
    public int Running { get; init; }

    /// <summary>The most at a time of all adapters together, where the catalog says one.</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>Models that have failed within the last hour, each with a breaker of its own within the provider's.</summary>
    public IReadOnlyList<BreakerStatus> Models { get; init; } = [];
}
