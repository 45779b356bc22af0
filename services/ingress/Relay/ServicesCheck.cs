using System.Collections.Concurrent;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Ready once a call to each service has come back: a sidecar lets none through before it has found its service healthy, up to seconds after
/// that is. Billing has to be ready itself: the keys of its environment are known then. From then on it stays so: a service that fails later is
/// no reason to refuse what needs it not.
/// </summary>
internal sealed class ServicesCheck(ServiceClients clients) : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, bool> _answered = new(StringComparer.Ordinal);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var behind = AppIds.Needed.Where(app => app != AppIds.Ingress && !_answered.ContainsKey(app)).ToList();
        await Task.WhenAll(behind.Select(app => AskAsync(app, cancellationToken)));
        var missing = behind.Where(app => !_answered.ContainsKey(app)).ToList();
        return missing.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"no call has come back yet from {string.Join(", ", missing)}");
    }

    /// <summary>Whether a call to this service has come back once; asks it where none has.</summary>
    public async ValueTask<bool> HasAnsweredAsync(string app, CancellationToken cancellationToken)
    {
        if (!_answered.ContainsKey(app))
            await AskAsync(app, cancellationToken);
        return _answered.ContainsKey(app);
    }

    private async Task AskAsync(string app, CancellationToken cancellationToken)
    {
        var path = app == AppIds.Billing ? HealthEndpoints.Ready : HealthEndpoints.Live;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Sidecar.InvokeUri(app, path));
            using var answer = await clients.For(app).SendAsync(request, limit.Token);
            if (answer.IsSuccessStatusCode)
                _answered[app] = true;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Not yet.
        }
    }
}
