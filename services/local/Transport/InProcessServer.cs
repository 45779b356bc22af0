using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Transport;

/// <summary>
/// A server whose requests come from its sockets, as ever, and from this process, through <see cref="Door"/>:
/// <code>
///   sockets --HTTP/1--> Kestrel --features--> application
///   Door --HttpRequestMessage--> InProcessExchange --features--> application
///        &lt;-HttpResponseMessage--                  &lt;--pipes, piece by piece--
/// </code>
/// </summary>
internal sealed class InProcessServer(IServer sockets, ILogger log) : IServer
{
    private readonly ConcurrentDictionary<InProcessExchange, TaskCompletionSource> _running = new();
    private volatile Func<InProcessExchange, Task>? _run;

    /// <summary>Puts it in front of the server that <paramref name="services"/> have so far.</summary>
    public static void Add(IServiceCollection services)
    {
        var sockets = services.Last(service => service.ServiceType == typeof(IServer)).ImplementationType!;
        services.AddSingleton<IServer>(provider => new InProcessServer(
            (IServer)ActivatorUtilities.CreateInstance(provider, sockets),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Gateway.Local.Transport")));
    }

    public IFeatureCollection Features => sockets.Features;

    /// <summary>Sends its requests to the application itself, whatever host their URI names; fails while the server does not run.</summary>
    public HttpMessageHandler Door => field ??= new Handler(this);

    public async Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        await sockets.StartAsync(application, cancellationToken);
        _run = async exchange =>
        {
            var end = _running[exchange] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            try
            {
                await exchange.RunAsync(application, log);
            }
            finally
            {
                _running.TryRemove(exchange, out _);
                end.SetResult();
            }
        };
    }

    /// <summary>Takes no new requests and waits for those under way, as the sockets' side does; what is left when the time is up is cut.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _run = null;
        await sockets.StopAsync(cancellationToken);
        try
        {
            await Task.WhenAll(_running.Values.Select(end => end.Task)).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Cut();
        }
    }

    public void Dispose()
    {
        _run = null;
        Cut();
        sockets.Dispose();
    }

    private void Cut()
    {
        foreach (var (exchange, _) in _running)
            exchange.Abort();
    }

    private sealed class Handler(InProcessServer server) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (cancellationToken.IsCancellationRequested)
                return Task.FromCanceled<HttpResponseMessage>(cancellationToken);
            if (server._run is not { } run)
                return Task.FromException<HttpResponseMessage>(new HttpRequestException(HttpRequestError.ConnectionError, "The server does not run."));
            return new InProcessExchange(request, cancellationToken).SendAsync(run);
        }
    }
}
