using System.Diagnostics.Metrics;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>How busy each provider is, and whether calls to it are held back.</summary>
internal sealed class UpstreamMetrics : IDisposable
{
    private readonly Meter _meter = new("Gateway.ProviderAdapter");

    public UpstreamMetrics(UpstreamRegistry upstreams)
    {
        _meter.CreateObservableGauge(
            "gateway.provider.calls", () => upstreams.Called.Select(u => Of(u, u.Running)), "{call}", "Calls to the provider in progress");
        _meter.CreateObservableGauge(
            "gateway.provider.breaker_open", () => upstreams.Called.Select(u => Of(u, u.Breakers.Provider.IsOpen ? 1 : 0)), "{breaker}",
            "1 while the provider counts as down and calls to it fail at once");
    }

    public void Dispose() => _meter.Dispose();

    private static Measurement<int> Of(Upstream upstream, int value) => new(value, new KeyValuePair<string, object?>("gen_ai.provider.name", upstream.Name));
}
