using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Transport;

/// <summary>What the application answers with, and what the client gets of it.</summary>
internal sealed partial class InProcessExchange : HttpResponseFeature, IHttpResponseBodyFeature
{
    private const string Broken = "The other side of the call broke it off.";

    private Stack<(Func<object, Task> Callback, object State)>? _onStarting;
    private Stack<(Func<object, Task> Callback, object State)>? _onCompleted;
    private bool _hasStarted;

    public override bool HasStarted => _hasStarted;

    public PipeWriter Writer { get; }

    public Stream Stream => field ??= Writer.AsStream(leaveOpen: true);

    public override void OnStarting(Func<object, Task> callback, object state)
    {
        if (HasStarted)
            throw new InvalidOperationException("OnStarting cannot be set because the response has already started.");
        (_onStarting ??= new()).Push((callback, state));
    }

    public override void OnCompleted(Func<object, Task> callback, object state) => (_onCompleted ??= new()).Push((callback, state));

    public void DisableBuffering()
    {
        // Nothing is buffered.
    }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (HasStarted)
            return;
        await RunCallbacksAsync(_onStarting);
        HandOver();
    }

    /// <summary>The body's end goes first: a client that goes on at once has all of it at once.</summary>
    public async Task CompleteAsync()
    {
        if (!HasStarted)
            await RunCallbacksAsync(_onStarting);
        if (!HasStarted && Writer.UnflushedBytes == 0 && Headers.ContentLength is null && StatusCode is not (204 or 304) && _request.Method != HttpMethods.Head)
            Headers.ContentLength = 0;
        await _output.Writer.CompleteAsync();
        HandOver();
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    /// <summary>As a server answers for an application that has thrown.</summary>
    private void EndEmpty()
    {
        Headers.Clear();
        Headers.ContentLength = 0;
        StatusCode = 500;
        ReasonPhrase = null;
        _output.Writer.Complete();
        HandOver();
    }

    /// <summary>Hands the client the status, the headers and the body, once. Its own code may run inside this call.</summary>
    private void HandOver()
    {
        if (_hasStarted)
            return;
        _hasStarted = true;
        var message = new HttpResponseMessage((HttpStatusCode)StatusCode) { Content = new StreamContent(new ResponseBody(this)) };
        if (ReasonPhrase is not null)
            message.ReasonPhrase = ReasonPhrase;
        foreach (var (name, values) in Headers)
        {
            // A null value is none, as for a server.
            if (values.Count > 0 && !message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        if (!_response.TrySetResult(message))
            message.Dispose();
    }

    private static async Task RunCallbacksAsync(Stack<(Func<object, Task> Callback, object State)>? callbacks)
    {
        while (callbacks is { Count: > 0 })
        {
            var (callback, state) = callbacks.Pop();
            await callback(state);
        }
    }

    /// <summary>The application's writer: the first flush sends the headers.</summary>
    private sealed class ResponseWriter(InProcessExchange exchange, PipeWriter pipe) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => true;

        public override long UnflushedBytes => pipe.UnflushedBytes;

        public override void Advance(int bytes) => pipe.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => pipe.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => pipe.GetSpan(sizeHint);

        public override void CancelPendingFlush() => pipe.CancelPendingFlush();

        public override void Complete(Exception? exception = null)
        {
            // The application says that it has written all; its answer ends with its task.
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            // Nobody is there to read it.
            if (exchange.IsAborted)
                return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: true));
            return exchange.HasStarted ? pipe.FlushAsync(cancellationToken) : StartAsync(cancellationToken);
        }

        private async ValueTask<FlushResult> StartAsync(CancellationToken cancellationToken)
        {
            await RunCallbacksAsync(exchange._onStarting);
            // What is written becomes readable first, so that a client which goes on at once has it at once.
            var flushed = pipe.FlushAsync(cancellationToken);
            exchange.HandOver();
            return await flushed;
        }
    }

    /// <summary>Gives what was sent, then the end or the failure. Left before that, it tells the application.</summary>
    private sealed class ResponseBody(InProcessExchange exchange) : AsyncStream
    {
        private readonly PipeReader _reader = exchange._output.Reader;
        private int _disposed;
        private bool _atEnd;

        /// <summary>Whose cancellation ends a read that waits: mostly the same for all reads of a stream, which need not register it each.</summary>
        private CancellationToken _watched;
        private CancellationTokenRegistration _watch;

        public override bool CanRead => true;

        /// <summary>An empty buffer waits until there is something to read.</summary>
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            if (_atEnd)
                return new ValueTask<int>(0);
            return _reader.TryRead(out var result) && TryTake(result, buffer.Span, out var read)
                ? new ValueTask<int>(read)
                : WaitAsync(buffer, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                _watch.Unregister();
                if (!_atEnd)
                    exchange.Abort();
                _reader.Complete();
            }

            base.Dispose(disposing);
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<int> WaitAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (cancellationToken != _watched)
            {
                _watch.Unregister();
                _watched = cancellationToken;
                _watch = cancellationToken.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), _reader);
            }

            try
            {
                while (true)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    // Asked before the look: what was sent before the break comes first.
                    var isBroken = exchange.IsAborted;
                    var isThere = _reader.TryRead(out var result);
                    if (!isThere && !isBroken)
                    {
                        result = await _reader.ReadAsync(CancellationToken.None);
                        isThere = true;
                    }

                    if (isThere && TryTake(result, buffer.Span, out var read))
                        return read;
                    if (isBroken)
                        throw new HttpIOException(HttpRequestError.ResponseEnded, Broken);
                }
            }
            catch (OperationCanceledException)
            {
                // A read that is given up gives up the answer: half of it may be lost.
                exchange.Abort();
                throw;
            }
            catch (InvalidOperationException e) when (Volatile.Read(ref _disposed) != 0)
            {
                // Disposed under a read, as clients do to give one up.
                throw new IOException("The answer was disposed of.", e);
            }
        }

        private bool TryTake(in ReadResult result, Span<byte> buffer, out int read)
        {
            var available = result.Buffer;
            read = (int)Math.Min(available.Length, buffer.Length);
            if (available.IsEmpty)
            {
                _reader.AdvanceTo(available.Start);
                return _atEnd = result.IsCompleted && !exchange.IsAborted;
            }

            System.Buffers.BuffersExtensions.CopyTo(available.Slice(0, read), buffer);
            _reader.AdvanceTo(available.GetPosition(read));
            return true;
        }
    }
}
