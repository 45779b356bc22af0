using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Gateway.Local.Sidecar.Invocation;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Transport;

/// <summary>
/// One request and its answer: for the client a task that ends with the answer's headers, for the application the features that a server gives
/// it. Either side that leaves is seen by the other as over a socket: the application's RequestAborted fires, the client's read breaks.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has no timer, so there is nothing to dispose of; and it may be cancelled after the end.")]
internal abstract partial class InProcessExchange : IFeatureCollection
{
    // Bodies are bounded by what the other side has not read yet; continuations run where they are caused, so that a piece crosses all hops at once.
    private static readonly PipeOptions Options = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 128 * 1024, resumeWriterThreshold: 64 * 1024, minimumSegmentSize: 4096, useSynchronizationContext: false);

    private readonly Lock _sync = new();
    private readonly TaskCompletionSource<HttpResponseMessage> _response = new();
    private readonly CancellationTokenRegistration _cancelled;
    private readonly CancellationToken _clientToken;
    private List<KeyValuePair<Type, object>>? _others;
    private CancellationTokenSource? _aborting;
    private CancellationToken? _abortToken;

    /// <summary>The sidecars that the call would pass; null for a call to the server itself.</summary>
    private readonly InvocationCrossing? _crossing;
    private HttpIOException? _failure;
    private volatile bool _aborted;
    private bool _ended;

    protected InProcessExchange(HttpRequestMessage request, InvocationCrossing? crossing, CancellationToken clientToken)
    {
        _crossing = crossing;
        // Not the request itself: with its body it would be held for as long as the answer takes.
        _content = request.Content;
        CanHaveBody = _content is not null;
        Place = new LinkedListNode<InProcessExchange>(this);
        _clientToken = clientToken;
        _output = new Pipe(Options);
        Writer = new ResponseWriter(this, _output.Writer);
        Method = request.Method.Method;
        if (crossing is not null)
        {
            (RawTarget, Path, QueryString) = (crossing.Route.Target, crossing.Route.Path, crossing.Route.Query);
            _requestHeaders = crossing.HeadersToApp(request);
        }
        else
        {
            var uri = request.RequestUri!;
            (RawTarget, Path, QueryString) = (uri.PathAndQuery, DecodePath(uri.AbsolutePath), uri.Query);
            _requestHeaders = HeadersOf(request);
        }

        if (clientToken.CanBeCanceled)
            _cancelled = clientToken.UnsafeRegister(static (exchange, token) => ((InProcessExchange)exchange!).Cancelled(token), this);
    }

    /// <summary>Where the endpoint keeps it.</summary>
    public LinkedListNode<InProcessExchange> Place { get; }

    /// <summary>Ends when the application has sent its headers.</summary>
    public Task<HttpResponseMessage> Response => _response.Task;

    public bool IsAborted => _aborted;

    /// <summary>The connection is gone, for both sides.</summary>
    public void Abort()
    {
        CancellationTokenSource? aborting;
        lock (_sync)
        {
            if (_aborted || _ended)
                return;
            _aborted = true;
            aborting = _aborting;
        }

        if (_crossing is null)
        {
            _failure ??= new HttpIOException(HttpRequestError.ResponseEnded, "The other side of the call broke it off.");
            _response.TrySetException(new HttpRequestException(HttpRequestError.ResponseEnded, _failure.Message, _failure));
        }
        else if (HasStarted)
        {
            // An app that dies mid-body looks to the caller like one that has finished: what came is what there is.
            HandOver();
        }
        else if (!_response.Task.IsCompleted)
        {
            Answer(_crossing.Broken(Method));
        }

        // The pipes belong to those who write and read them: they are told, and see the rest for themselves.
        _output.Writer.CancelPendingFlush();
        _output.Reader.CancelPendingRead();
        // Not inside the client's or the application's own call.
        if (aborting is not null)
            ThreadPool.UnsafeQueueUserWorkItem(static source => Tell(source), aborting, preferLocal: false);
    }

    private static void Tell(CancellationTokenSource aborting)
    {
        try
        {
            aborting.Cancel();
        }
        catch (AggregateException)
        {
            // What the application hung on its token has thrown. That must not take the process with it.
        }
    }

    /// <summary>The application is done: what it has not sent yet is sent, or the failure is made visible.</summary>
    public async Task EndAsync(Exception? failure)
    {
        await _cancelled.DisposeAsync();
        try
        {
            if (failure is null && !_aborted)
                await CompleteAsync();
        }
        catch (Exception e)
        {
            failure = e;
        }

        if (failure is not null && !HasStarted && !_aborted)
            EndEmpty(500);
        else if (failure is not null)
            Abort();
        lock (_sync)
        {
            _ended = true;
        }

        if (!_completed)
            await _output.Writer.CompleteAsync();
        if (!_handedOver)
            await _output.Reader.CompleteAsync();
        EndUpload();
        await RunAsync(_onCompleted);
    }

    /// <summary>The client waits no more for the headers. Once it has them, cancelling is done by leaving the body.</summary>
    private void Cancelled(CancellationToken token)
    {
        if (_response.TrySetCanceled(token))
            Abort();
    }

    private static async Task RunAsync(Stack<(Func<object, Task> Callback, object State)>? callbacks)
    {
        while (callbacks is { Count: > 0 })
        {
            var (callback, state) = callbacks.Pop();
            await callback(state);
        }
    }

    private static string DecodePath(string raw)
    {
        if (!raw.Contains('%', StringComparison.Ordinal))
            return raw;
        // A server leaves an escaped slash as it is.
        var parts = raw.Split("%2F", StringSplitOptions.None);
        for (var i = 0; i < parts.Length; i++)
            parts[i] = string.Join("%2f", parts[i].Split("%2f").Select(Uri.UnescapeDataString));
        return string.Join("%2F", parts);
    }

    // The feature collection: what a server offers is implemented here, the rest is kept as it comes.

    public bool IsReadOnly => false;

    public int Revision { get; private set; }

    public object? this[Type key]
    {
        get => Other(key) ?? (key.IsInstanceOfType(this) ? this : null);
        set => Put(key, value);
    }

    public TFeature? Get<TFeature>()
    {
        if (_others is not null && Other(typeof(TFeature)) is TFeature other)
            return other;
        return this is TFeature own ? own : default;
    }

    public void Set<TFeature>(TFeature? instance) => Put(typeof(TFeature), instance);

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => (_others ?? []).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private object? Other(Type key)
    {
        if (_others is not null)
        {
            foreach (var (type, feature) in _others)
            {
                if (type == key)
                    return feature;
            }
        }

        return null;
    }

    private void Put(Type key, object? feature)
    {
        Revision++;
        _others ??= new(4);
        _others.RemoveAll(other => other.Key == key);
        if (feature is not null && !ReferenceEquals(feature, this))
            _others.Add(new(key, feature));
    }
}

/// <inheritdoc/>
internal sealed class InProcessExchange<TContext>(InProcessEndpoint<TContext> endpoint, HttpRequestMessage request, InvocationCrossing? crossing, CancellationToken clientToken)
    : InProcessExchange(request, crossing, clientToken), IHostContextContainer<TContext>
    where TContext : notnull
{
    public InProcessEndpoint<TContext> Endpoint => endpoint;

    public TContext? HostContext { get; set; }
}
