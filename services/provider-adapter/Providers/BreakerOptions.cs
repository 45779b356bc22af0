using System.ComponentModel.DataAnnotations;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>When calls to a provider that is failing are paused.</summary>
internal sealed record BreakerOptions
{
    public static readonly TimeSpan MaxOpenTime = TimeSpan.FromMinutes(1);

    /// <summary>So many in a row (never reached, no first byte in time, 5xx, 529) open the breaker.</summary>
    [ConfigurationKeyName("GATEWAY_BREAKER_FAILURES"), Range(1, 1_000_000)]
    public int Failures { get; init; } = 10;

    /// <summary>How long calls are then refused at once; doubled each time the trial call after it fails.</summary>
    [ConfigurationKeyName("GATEWAY_BREAKER_SECONDS"), Range(0.01, 60)]
    public double OpenSeconds { get; init; } = 5;

    public TimeSpan OpenFor => TimeSpan.FromSeconds(OpenSeconds);
}
