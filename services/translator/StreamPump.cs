using System.Buffers;
using System.IO.Pipelines;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Sse;
using Gateway.Providers.Answers;
using Gateway.Providers.Dialects;

namespace Gateway.Translator;

/// <summary>
/// <code>
///   provider ──read──> SseReader ──event──> IStreamTranslator ──> Answer ──> buffer ──flush──> ingress
/// </code>
/// One flush for all the events that are there at once: each is a message to ingress. The response starts with the first flush, so a failure
/// before it is a real HTTP status (rule E117); a failure after it is <c>event: error</c> and nothing more (rule E118).
/// </summary>
internal sealed class StreamPump : IAsyncDisposable
{
    /// <summary>How long usage and end mark may lag behind the end of the content (rule E29).</summary>
    private static readonly TimeSpan FinalEventsTimeout = TimeSpan.FromSeconds(3);

    /// <summary>How much is gathered before it is sent, give or take what one read brings.</summary>
    private const int MaxUnsentBytes = 32 * 1024;

    /// <summary>How long the end of input may lag behind the end mark.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(1);

    private readonly HttpContext _context;
    private readonly TranslationRequest _request;
    private readonly PooledBuffer _buffer = new(1024);
    private readonly EventAnswerWriter _writer;
    private int _attempts;
    private Answer _answer;
    private AnswerUsage? _before;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationToken _cancellation;

    /// <param name="cancellation">The client leaves, or this service stops.</param>
    public StreamPump(HttpContext context, TranslationRequest request, int attempts, TimeProvider time, ILogger log, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _context = context;
        _request = request;
        _writer = new EventAnswerWriter(_buffer);
        _answer = new Answer(MessagesEndpoint.AnswerOptions(request), _writer);
        _attempts = attempts;
        _time = time;
        _log = log;
    }

    private HttpResponse Response => _context.Response;

    /// <summary>Where an answer of several calls is written (<see cref="WebRounds"/>).</summary>
    public IAnswerWriter Writer => _writer;

    /// <summary>Translates a stream.</summary>
    public Task RunAsync(UpstreamBody upstream) =>
        GuardAsync(() => PumpAsync(_request, _answer, upstream, FlushAsync, CompleteAsync, _time, _cancellation));

    /// <summary>One more of several calls for one answer begins.</summary>
    /// <param name="before">What those before it have used; null for the first.</param>
    public void Begin(Answer answer, AnswerUsage? before, int attempts) => (_answer, _before, _attempts) = (answer, before, attempts);

    /// <summary>Translates the stream of one of several calls.</summary>
    public Task PumpAsync(UpstreamBody upstream) =>
        PumpAsync(_request, _answer, upstream, FlushAsync, static () => Task.CompletedTask, _time, _cancellation);

    /// <summary>Tells metering what has been used until here, before the next block.</summary>
    public void NoteUsage(in AnswerUsage usage) => _writer.NoteUsage(usage);

    /// <summary>What is there goes out now, since what follows takes its time.</summary>
    public ValueTask FlushAsync() => FlushAsync(pausing: true, _cancellation);

    /// <summary>Runs what writes the answer, and tells the client of a failure in the only way that is left.</summary>
    public async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException e) when (Response.HasStarted && !_context.RequestAborted.IsCancellationRequested)
        {
            await FailAsync(GatewayException.Interrupted(e));
        }
        catch (GatewayException e) when (Response.HasStarted)
        {
            await FailAsync(e);
        }
        catch (GatewayException) when (AnswerHeaders.WriteUsage(Response, _answer, _before))
        {
            throw;
        }
        catch (Exception e) when (Response.HasStarted && !_context.RequestAborted.IsCancellationRequested)
        {
            await FailAsync(new GatewayException(ErrorKind.Internal, "The gateway failed to translate the answer.", e));
        }
    }

    /// <summary>The provider answered in one piece although a stream was asked for.</summary>
    public async Task ReplayAsync(Action<ProviderCall, Answer> read)
    {
        try
        {
            read(_request.Call, _answer);
        }
        catch (GatewayException) when (AnswerHeaders.WriteUsage(Response, _answer))
        {
            throw;
        }

        await CompleteAsync();
    }

    /// <summary>The provider streamed although one answer was asked for.</summary>
    public static Task CollectAsync(
        TranslationRequest request, Answer answer, UpstreamBody upstream, TimeProvider time, CancellationToken cancellationToken) =>
        PumpAsync(request, answer, upstream, static (_, _) => ValueTask.CompletedTask, static () => Task.CompletedTask, time, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _writer.Dispose();
        _buffer.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task PumpAsync(
        TranslationRequest request,
        Answer answer,
        UpstreamBody upstream,
        Func<bool, CancellationToken, ValueTask> flush,
        Func<Task> complete,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var reader = upstream.Events();
        var stream = request.Translation.ReadStream(request.Call, answer);
        var released = false;
        while (true)
        {
            TranslateBuffered(reader, stream, answer);
            if (answer.Started && !released)
            {
                // A stream may last for minutes, and a request whose answer has begun is not sent again.
                request.Release();
                released = true;
            }

            if (answer.IsCut)
            {
                // The rest is not wanted: leaving the call cancels it. What the provider has not yet said of the cost is estimated.
                answer.End(default, complete: false);
                await complete();
                return;
            }

            if (stream.State == StreamState.Done)
            {
                await complete();
                await DrainAsync(upstream.Rest, time, cancellationToken);
                return;
            }

            var more = stream.State == StreamState.Finishing ? ReadFinalEventsAsync(reader, time, cancellationToken) : reader.FillAsync(cancellationToken);
            await flush(!more.IsCompleted, cancellationToken);
            try
            {
                if (await more)
                    continue;
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                // A connection that breaks ends the input like any other end; whether that is truncation, the end mark tells.
            }

            // Broken off: what has come is the client's, whatever is said after it.
            if (stream.State == StreamState.Open)
                await flush(true, cancellationToken);
            break;
        }

        if (reader.TryReadRest(out var last))
            stream.Translate(last);
        if (reader.Abort is { } kind && stream.State == StreamState.Open)
            throw new GatewayException(kind, AbortMessage(kind));
        stream.End();
        await complete();
    }

    /// <summary>Reads to the end of input: the adapter would take a call that is dropped before it for a client that left.</summary>
    private static async Task DrainAsync(Stream body, TimeProvider time, CancellationToken cancellationToken)
    {
        using var wait = new CancellationTokenSource(DrainTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(wait.Token, cancellationToken);
        var scratch = new byte[512];
        try
        {
            while (await body.ReadAsync(scratch, linked.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // The answer is complete and has been delivered.
        }
    }

    private static void TranslateBuffered(SseReader reader, IStreamTranslator stream, Answer answer)
    {
        while (stream.State != StreamState.Done && !answer.IsCut && reader.TryRead(out var e))
            stream.Translate(e);
    }

    /// <summary>Reads what follows an answer that is complete but for its usage and end mark. False also when that has been waited for long enough.</summary>
    private static async ValueTask<bool> ReadFinalEventsAsync(SseReader reader, TimeProvider time, CancellationToken cancellationToken)
    {
        using var wait = new CancellationTokenSource(FinalEventsTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(wait.Token, cancellationToken);
        try
        {
            return await reader.FillAsync(linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static string AbortMessage(ErrorKind kind) => kind switch
    {
        ErrorKind.ProviderTimeout => "The provider stopped sending before the end of its answer.",
        ErrorKind.Interrupted => GatewayException.InterruptedMessage,
        _ => "The provider's answer broke off before its end.",
    };

    /// <param name="pausing">Nothing more has arrived, so what is buffered must not wait.</param>
    /// <param name="cancellationToken">The client's.</param>
    private ValueTask FlushAsync(bool pausing, CancellationToken cancellationToken)
    {
        if (_buffer.WrittenCount == 0 || (!pausing && _buffer.WrittenCount < MaxUnsentBytes))
            return ValueTask.CompletedTask;
        Write();
        var flush = Response.BodyWriter.FlushAsync(cancellationToken);
        if (!flush.IsCompletedSuccessfully)
            return WaitAsync(flush);
        // Its result has to be taken, so that the source behind the ValueTask can be used again.
        _ = flush.Result;
        return ValueTask.CompletedTask;

        static async ValueTask WaitAsync(ValueTask<FlushResult> flush) => await flush;
    }

    private void Write()
    {
        if (!Response.HasStarted)
        {
            AnswerHeaders.Write(Response, _request, _attempts);
            Response.ContentType = "text/event-stream; charset=utf-8";
            Response.Headers.CacheControl = "no-cache";
        }

        Response.BodyWriter.Write(_buffer.WrittenSpan);
        _buffer.Clear();
    }

    /// <summary>What is left and the end of the body are one message.</summary>
    public async Task CompleteAsync()
    {
        if (_answer.HasNoOutput)
            _log.EmptyAnswer(_request.RequestId, _request.Call.Provider.Name);
        if (_buffer.WrittenCount > 0)
            Write();
        await Response.CompleteAsync();
    }

    private async Task FailAsync(GatewayException e)
    {
        _log.StreamFailed(_request.RequestId, _request.Call.Provider.Name, e.Kind.ToString(),
            // What a provider says of its failure may repeat the prompt; of our own the trace tells more.
            e.Kind == ErrorKind.Internal ? e.InnerException : null);
        _writer.Fail(_answer.UsageSoFar(_before));
        AnthropicError.WriteEvent(_buffer, ErrorTable.Of(e.Kind).Type, e.Message, _request.RequestId);
        await FlushAsync(pausing: true, _context.RequestAborted);
    }
}
