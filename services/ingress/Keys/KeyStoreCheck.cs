using Gateway.Contracts.Errors;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Ingress.Keys;

/// <summary>Ready once keys can be checked: the sidecar answers, the store answers, and billing has set it up.</summary>
internal sealed class KeyStoreCheck(KeyLookup keys) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await keys.IsReadyAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (GatewayException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}
