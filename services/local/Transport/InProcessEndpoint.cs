using System.Collections.Concurrent;
using Gateway.Local.Sidecar;
using Gateway.Local.Sidecar.Invocation;
using Microsoft.AspNetCore.Hosting.Server;

namespace Gateway.Local.Transport;

/// <summary>Takes a request past a server's application to where that would send it; null when it cannot.</summary>
internal delegate Task<HttpResponseMessage>? InProcessShortcut(HttpRequestMessage request, CancellationToken cancellationToken);

/// <summary>Where the requests of this process enter a server's application.</summary>
internal abstract class InProcessEndpoint
{
    private readonly Lock _sync = new();
    private readonly LinkedList<InProcessExchange> _running = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopping;

    /// <summary>As <see cref="HttpMessageHandler"/> has it: ends with the headers of the answer.</summary>
    /// <param name="request">What the client sends.</param>
    /// <param name="crossing">The sidecars it would pass on its way, whose part is then done here; null where there are none.</param>
    /// <param name="cancellationToken">The client's.</param>
    public abstract Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, InvocationCrossing? crossing, CancellationToken cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            _stopping = true;
            if (_running.Count == 0)
                return;
        }

        try
        {
            await _idle.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Abort();
        }
    }

    public void Abort()
    {
        InProcessExchange[] left;
        lock (_sync)
            left = [.. _running];
        foreach (var exchange in left)
            exchange.Abort();
    }

    protected void Begun(InProcessExchange exchange)
    {
        lock (_sync)
            _running.AddLast(exchange.Place);
    }

    protected void Ended(InProcessExchange exchange)
    {
        lock (_sync)
        {
            _running.Remove(exchange.Place);
            if (!_stopping || _running.Count > 0)
                return;
        }

        _idle.TrySetResult();
    }
}

/// <inheritdoc/>
internal sealed class InProcessEndpoint<TContext>(IHttpApplication<TContext> application, InProcessShortcut? shortcut, ILogger log) : InProcessEndpoint
    where TContext : notnull
{
    private const int MaxSpare = 64;

    /// <summary>What the application made for a request that has ended: it makes the next one of it.</summary>
    private readonly ConcurrentBag<TContext> _spare = [];

    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, InvocationCrossing? crossing, CancellationToken cancellationToken)
    {
        if (crossing is null && shortcut?.Invoke(request, cancellationToken) is { } passed)
            return passed;
        var exchange = new InProcessExchange<TContext>(this, request, crossing, cancellationToken);
        if (crossing?.Refusal is { } refusal)
            return Task.FromResult(refusal);
        if (_spare.TryTake(out var spare))
            exchange.HostContext = spare;
        Begun(exchange);
        // On the caller's thread as far as it goes, but with nothing of the caller's around it: over a socket nothing would come along either.
        ExecutionContext.Run(Clean.Context, static state =>
        {
            var exchange = (InProcessExchange<TContext>)state!;
            _ = exchange.Endpoint.RunAsync(exchange);
        }, exchange);
        return exchange.Response;
    }

    private async Task RunAsync(InProcessExchange<TContext> exchange)
    {
        Exception? failure = null;
        TContext? context = default;
        try
        {
            exchange.BeginUpload();
            context = application.CreateContext(exchange);
            await application.ProcessRequestAsync(context);
        }
        catch (Exception e)
        {
            failure = e;
            // What a caller that has left breaks off is no fault.
            if (!exchange.IsAborted)
                Log.ApplicationFailed(log, e, exchange.Method, exchange.Path);
        }

        try
        {
            await exchange.EndAsync(failure);
        }
        finally
        {
            if (context is not null)
                application.DisposeContext(context, failure);
            if (exchange.HostContext is { } spare && _spare.Count < MaxSpare)
                _spare.Add(spare);
            Ended(exchange);
        }
    }
}

/// <summary>An execution context with nothing in it.</summary>
file static class Clean
{
    public static ExecutionContext Context { get; } = Capture();

    private static ExecutionContext Capture()
    {
        ExecutionContext? context = null;
        var thread = new Thread(() => context = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return context!;
    }
}
