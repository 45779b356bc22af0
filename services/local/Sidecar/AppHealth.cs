namespace Gateway.Local.Sidecar;

/// <summary>When a daprd with <c>--enable-app-health-check</c> takes its app for healthy; the defaults are daprd's.</summary>
internal sealed record AppHealthCheck(string Path = "/healthz")
{
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>So many bad probes in a row make it unhealthy; one good one makes it healthy.</summary>
    public int Threshold { get; init; } = 3;
}

/// <summary>Probes an app. It is unhealthy until the first good answer: calls to it are refused and its subscriptions wait.</summary>
internal sealed class AppHealth : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task _probing;

    public AppHealth(AppChannel app, AppHealthCheck check, TimeProvider time, Action<bool> changed)
    {
        app.IsHealthy = false;
        _probing = Task.Run(() => ProbeAsync(app, check, time, changed));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _probing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task ProbeAsync(AppChannel app, AppHealthCheck check, TimeProvider time, Action<bool> changed)
    {
        for (var failures = 0; ; await Task.Delay(check.Interval, time, _end.Token))
        {
            failures = await IsGoodAsync(app, check, time) ? 0 : failures + 1;
            if (app.IsHealthy ? failures < check.Threshold : failures > 0)
                continue;
            app.IsHealthy = !app.IsHealthy;
            changed(app.IsHealthy);
        }
    }

    private async Task<bool> IsGoodAsync(AppChannel app, AppHealthCheck check, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(check.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _end.Token);
        try
        {
            return (await app.CallAsync(HttpMethod.Get, check.Path, null, null, null, either.Token)).IsSuccess;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
