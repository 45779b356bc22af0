using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Gateway.Hosting;

/// <summary>
/// Stops a service in the order that loses nothing: it is not ready any more, the running requests end, those that do not are told to, and
/// the listener goes last. As long as the service answers its health check its Dapr sidecar carries on, and the running requests need that.
/// </summary>
public sealed class Drain(IOptions<HostOptions> options, TimeProvider time) : IHostedLifecycleService, IStartupFilter, IHealthCheck, IDisposable
{
    /// <summary>Kept back from the shutdown time for what comes after the requests: their usage events.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(5);

    /// <summary>How long a request may take to say that it ends.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _draining = new();
    private int _running;

    /// <summary>Cancelled when the time for running requests is over: what still runs says so to whoever waits for it, and ends.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>The service is told to stop: what would go on for ever ends.</summary>
    public bool IsDraining => _draining.IsCancellationRequested;

    /// <summary>Cancelled then, for what waits.</summary>
    public CancellationToken Draining => _draining.Token;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(CountAsync);
        next(app);
    };

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _draining.CancelAsync();
        if (Volatile.Read(ref _running) == 0)
            return;
        var all = options.Value.ShutdownTimeout;
        try
        {
            await _idle.Task.WaitAsync(all > 2 * Reserve ? all - Reserve : all / 2, time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            await _ending.CancelAsync();
            // Kestrel cuts what still runs then.
            await _idle.Task.WaitAsync(LastWords, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(IsDraining ? HealthCheckResult.Unhealthy("the service is stopping") : HealthCheckResult.Healthy());

    public void Dispose()
    {
        _ending.Dispose();
        _draining.Dispose();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.StartsWithSegments("/healthz"))
        {
            await next(context);
            return;
        }

        Interlocked.Increment(ref _running);
        try
        {
            // The client's next request finds another instance.
            if (IsDraining && HttpProtocol.IsHttp11(context.Request.Protocol))
                context.Response.Headers.Connection = "close";
            await next(context);
        }
        finally
        {
            if (Interlocked.Decrement(ref _running) == 0 && IsDraining)
                _idle.TrySetResult();
        }
    }
}
