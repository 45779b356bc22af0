using Gateway.Contracts.Errors;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Ingress.Keys;

/// <summary>
/// Ready once keys can be checked: the sidecar answers, the store answers, and billing has set it up. From then on it stays so, since a store that is away is
/// away from every instance, and what needs no store is still answered.
/// </summary>
internal sealed class KeyStoreCheck(KeyLookup keys) : IHealthCheck
{
    private volatile bool _wasReady;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await keys.IsReadyAsync(cancellationToken);
            _wasReady = true;
            return HealthCheckResult.Healthy();
        }
        catch (GatewayException e)
        {
            return _wasReady ? HealthCheckResult.Degraded(e.Message) : HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
