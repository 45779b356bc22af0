using Gateway.ProviderAdapter.Providers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>Degraded, and not more, while a cloud gives no credentials: other providers are there.</summary>
internal sealed class CloudKeysCheck(UpstreamRegistry upstreams) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var problems = upstreams.Called.SelectMany(u => u.CloudProblems).ToList();
        return Task.FromResult(problems.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(string.Join(' ', problems)));
    }
}
