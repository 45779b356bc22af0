using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Ingress.Outbox;

/// <summary>Not ready while the disk does not take usage events; ready, with a word of it, while some are set aside or wait.</summary>
internal sealed class OutboxCheck(UsageOutbox outbox, OutboxPublisher publisher, Quarantine quarantine) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (outbox.Unwritten is > 0 and var unwritten)
            return Task.FromResult(HealthCheckResult.Unhealthy($"the disk takes no usage events (full, or gone); {unwritten} are held in memory"));
        List<string> words = [];
        if (quarantine.Count is > 0 and var aside)
            words.Add($"{aside} usage events are set aside: see GET /admin/v1/outbox/quarantine");
        if (publisher.Held is > 0 and var held)
            words.Add($"{held} usage events wait for the broker to take one of their key");
        return Task.FromResult(words.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(string.Join("; ", words)));
    }
}
