namespace Gateway.ProviderAdapter.Providers;

/// <summary>When calls to a provider that is failing are paused. <c>GATEWAY_BREAKER_FAILURES</c> and <c>GATEWAY_BREAKER_SECONDS</c> change it.</summary>
/// <param name="Failures">So many in a row (never reached, no first byte in time, 5xx, 529) open the breaker.</param>
/// <param name="OpenFor">How long calls are then refused at once; doubled each time the trial call after it fails.</param>
internal sealed record BreakerOptions(int Failures, TimeSpan OpenFor)
{
    public static readonly TimeSpan MaxOpenTime = TimeSpan.FromMinutes(1);

    public static BreakerOptions From(IConfiguration configuration) => new(
        configuration.GetValue("GATEWAY_BREAKER_FAILURES", 10),
        TimeSpan.FromSeconds(configuration.GetValue("GATEWAY_BREAKER_SECONDS", 5)));
}
