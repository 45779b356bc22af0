using Dapr;
using Dapr.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Billing;

/// <summary>Ready while a state store answers: asked for a key that nobody writes, which costs it one look-up.</summary>
internal sealed class StateStoreCheck(DaprClient dapr, string store) : IHealthCheck
{
    private const string NoKey = "readiness";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await dapr.GetStateAsync<object?>(store, NoKey, cancellationToken: limit.Token).WaitAsync(limit.Token);
            return HealthCheckResult.Healthy();
        }
        catch (DaprException e)
        {
            return HealthCheckResult.Unhealthy($"the state store '{store}' cannot be read: {e.InnerException?.Message ?? e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"the state store '{store}' does not answer within {Limit.TotalSeconds:0} s");
        }
    }
}
