using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Gateway.Local.Sidecar;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Transport;

/// <summary>
/// One request and its answer: for the client a task that ends with the answer's headers, for the application the features that a server gives
/// it. Either side that leaves is seen by the other as over a socket: the application's RequestAborted fires, the client's read breaks.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has no timer, so there is nothing to dispose of; and it may be cancelled after the end.")]
internal sealed partial class InProcessExchange : IHttpRequestLifetimeFeature, IHttpRequestBodyDetectionFeature, IRequestBodyPipeFeature
{
    // Bodies are bounded by what the other side has not read yet; continuations run where they are caused, so that a piece crosses all hops at once.
    private static readonly PipeOptions Options = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 128 * 1024, resumeWriterThreshold: 64 * 1024, useSynchronizationContext: false);

    private static readonly ExecutionContext NoContext = CaptureNothing();

    private readonly TaskCompletionSource<HttpResponseMessage> _response = new();
    private readonly CancellationTokenSource _aborting = new();
    private readonly CancellationToken _clientToken;
    private readonly FeatureCollection _features = new(12);
    private readonly HttpRequestFeature _request;
    private readonly Pipe? _input;
    private readonly Pipe _output = new(Options);
    private readonly HttpContent? _content;
    private int _aborted;
    private volatile bool _ended;

    public InProcessExchange(HttpRequestMessage request, CancellationToken clientToken)
    {
        _clientToken = clientToken;
        _content = request.Content;
        _input = _content is null ? null : new Pipe(Options);
        Reader = _input?.Reader ?? PipeReader.Create(Stream.Null);
        Writer = new ResponseWriter(this, _output.Writer);
        RequestAborted = _aborting.Token;
        var uri = request.RequestUri!;
        _request = new HttpRequestFeature
        {
            Method = request.Method.Method,
            Scheme = Uri.UriSchemeHttp,
            Protocol = HttpProtocol.Http11,
            Path = DecodePath(uri.AbsolutePath),
            QueryString = uri.Query,
            RawTarget = uri.PathAndQuery,
            Headers = HeadersOf(request),
            Body = _input is null ? Stream.Null : Reader.AsStream(leaveOpen: true),
        };
        _features.Set<IHttpRequestFeature>(_request);
        _features.Set<IHttpRequestLifetimeFeature>(this);
        _features.Set<IHttpRequestBodyDetectionFeature>(this);
        _features.Set<IRequestBodyPipeFeature>(this);
        _features.Set<IHttpResponseFeature>(this);
        _features.Set<IHttpResponseBodyFeature>(this);
    }

    public CancellationToken RequestAborted { get; set; }

    public bool CanHaveBody => _input is not null;

    public PipeReader Reader { get; }

    private bool IsAborted => Volatile.Read(ref _aborted) != 0;

    /// <summary>As a handler sends: ends with the headers of the answer, and not before the request's body has been taken or is of no use to anybody.</summary>
    public async Task<HttpResponseMessage> SendAsync(Func<InProcessExchange, Task> run)
    {
        // On this thread as far as it goes, but with nothing of the caller's around it: over a socket nothing would come along either.
        ExecutionContext.Run(NoContext, static state =>
        {
            var (exchange, run) = ((InProcessExchange, Func<InProcessExchange, Task>))state!;
            _ = run(exchange);
        }, (this, run));
        var upload = _content is null ? Task.CompletedTask : UploadAsync(_content);
        // Once the client has the headers, it cancels by leaving the body.
        await using var registration = _clientToken.UnsafeRegister(static (exchange, token) => ((InProcessExchange)exchange!).Cancel(token), this);
        var response = await _response.Task;
        await upload;
        return response;
    }

    /// <summary>The application's side, from its first look at the request to the end of its answer.</summary>
    public async Task RunAsync<TContext>(IHttpApplication<TContext> application, ILogger log)
        where TContext : notnull
    {
        TContext? context = default;
        Exception? failure = null;
        try
        {
            context = application.CreateContext(_features);
            await application.ProcessRequestAsync(context);
            if (!IsAborted)
                await CompleteAsync();
        }
        catch (Exception e)
        {
            failure = e;
            // What a caller that has left breaks off is no fault.
            if (!IsAborted)
                Log.ApplicationFailed(log, e, _request.Method, _request.Path);
        }

        if (failure is not null && !HasStarted && !IsAborted)
            EndEmpty();
        else if (failure is not null)
            Abort();
        _ended = true;
        await _output.Writer.CompleteAsync();
        // Nobody reads any more: what the client still sends goes nowhere.
        await Reader.CompleteAsync();
        await RunCallbacksAsync(_onCompleted);
        if (context is not null)
            application.DisposeContext(context, failure);
    }

    /// <summary>The connection is gone, for both sides.</summary>
    public void Abort()
    {
        if (_ended || Interlocked.Exchange(ref _aborted, 1) != 0)
            return;
        _response.TrySetException(new HttpRequestException(HttpRequestError.ResponseEnded, Broken));
        // The pipes belong to those who write and read them: they are told, and see the rest for themselves.
        _output.Writer.CancelPendingFlush();
        _output.Reader.CancelPendingRead();
        _input?.Writer.CancelPendingFlush();
        // Not inside the client's or the application's own call.
        ThreadPool.UnsafeQueueUserWorkItem(static aborting => Fire(aborting), _aborting, preferLocal: false);
    }

    private static void Fire(CancellationTokenSource aborting)
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

    private void Cancel(CancellationToken token)
    {
        _response.TrySetCanceled(token);
        Abort();
    }

    private async Task UploadAsync(HttpContent content)
    {
        var to = _input!.Writer;
        try
        {
            await content.CopyToAsync(to.AsStream(leaveOpen: true), _clientToken);
            await to.CompleteAsync();
        }
        catch (Exception e)
        {
            // The client cannot go on: it hears why, before the application that it has left, which may still answer.
            if (e is not OperationCanceledException)
                _response.TrySetException(e as HttpRequestException ?? new HttpRequestException("Error while copying content to a stream.", e));
            else if (_clientToken.IsCancellationRequested)
                _response.TrySetCanceled(_clientToken);
            await to.CompleteAsync(new IOException("The client broke the request off.", e));
            Abort();
        }
    }

    /// <summary>As a client's sockets write them: one line a name, and the framing by what is known of the body.</summary>
    private static HeaderDictionary HeadersOf(HttpRequestMessage request)
    {
        var headers = new HeaderDictionary(24) { ["Host"] = request.Headers.Host ?? request.RequestUri!.Authority };
        foreach (var (name, values) in request.Headers.NonValidated)
            headers[name] = values.ToString();
        if (request.Content is { } content)
        {
            var length = content.Headers.ContentLength;
            foreach (var (name, values) in content.Headers.NonValidated)
                headers[name] = values.ToString();
            headers.ContentLength = request.Headers.TransferEncodingChunked == true ? null : length;
            if (headers.ContentLength is null)
                headers["Transfer-Encoding"] = "chunked";
        }

        return headers;
    }

    /// <summary>A server leaves an escaped slash as it is.</summary>
    private static string DecodePath(string raw) => !raw.Contains('%', StringComparison.Ordinal)
        ? raw
        : string.Join("%2F", raw.Split("%2F").Select(part => string.Join("%2f", part.Split("%2f").Select(Uri.UnescapeDataString))));

    private static ExecutionContext CaptureNothing()
    {
        ExecutionContext? context = null;
        var thread = new Thread(() => context = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return context!;
    }
}
