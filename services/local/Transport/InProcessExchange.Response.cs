using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Transport;

/// <summary>What the application answers with, and what the client gets of it.</summary>
internal abstract partial class InProcessExchange : IHttpResponseFeature, IHttpResponseBodyFeature
{
    private readonly Pipe _output;
    private readonly HeaderDictionary _responseHeaders = new(16);
    private Stack<(Func<object, Task> Callback, object State)>? _onStarting;
    private Stack<(Func<object, Task> Callback, object State)>? _onCompleted;
    private Stream? _stream;
    private bool _completed, _handedOver;

    public int StatusCode { get; set; } = 200;

    public string? ReasonPhrase { get; set; }

    public bool HasStarted { get; private set; }

    IHeaderDictionary IHttpResponseFeature.Headers
    {
        get => _responseHeaders;
        set => throw new NotSupportedException();
    }

    Stream IHttpResponseFeature.Body { get => Stream; set => throw new NotSupportedException(); }

    public Stream Stream => _stream ??= new ResponseStream(Writer);

    private ResponseWriter Writer { get; }

    PipeWriter IHttpResponseBodyFeature.Writer => Writer;

    public void OnStarting(Func<object, Task> callback, object state)
    {
        if (HasStarted)
            throw new InvalidOperationException("OnStarting cannot be set because the response has already started.");
        (_onStarting ??= new()).Push((callback, state));
    }

    public void OnCompleted(Func<object, Task> callback, object state) => (_onCompleted ??= new()).Push((callback, state));

    public void DisableBuffering()
    {
        // Nothing is buffered.
    }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (HasStarted)
            return;
        await RunAsync(_onStarting);
        Start(hasBody: false);
    }

    public async Task CompleteAsync()
    {
        if (_completed)
            return;
        if (HasStarted)
        {
            _completed = true;
            await _output.Writer.CompleteAsync();
            HandOver();
            return;
        }

        await RunAsync(_onStarting);
        if (Writer.UnflushedBytes == 0 && _responseHeaders.ContentLength is null && StatusCode is not (204 or 304) && Method != HttpMethods.Head)
            _responseHeaders.ContentLength = 0;
        EndWith();
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    /// <summary>As a server answers for an application that has thrown.</summary>
    private void EndEmpty(int status)
    {
        _responseHeaders.Clear();
        _responseHeaders.ContentLength = 0;
        StatusCode = status;
        ReasonPhrase = null;
        EndWith();
    }

    /// <summary>The body first: a client that goes on at once has all of it at once.</summary>
    private void EndWith()
    {
        _completed = true;
        _output.Writer.Complete();
        HasStarted = true;
        HandOver();
    }

    /// <summary>The application sends its headers. A sidecar holds them back until the first piece of the body: both are one message between two of them.</summary>
    private void Start(bool hasBody)
    {
        HasStarted = true;
        if (hasBody || _crossing is null)
            HandOver();
    }

    /// <summary>Hands the client the status, the headers and the body, once. Its own code may run inside this call.</summary>
    private void HandOver()
    {
        if (Interlocked.Exchange(ref _handedOver, true))
            return;
        if (_crossing is not null && StatusCode >= 400)
            _ = AnswerWholeAsync();
        else
            AnswerWith(new ResponseContent(this, _output.Reader));
    }

    /// <summary>A sidecar gathers what is not a success, and says how long it is.</summary>
    private async Task AnswerWholeAsync()
    {
        var body = new ArrayBufferWriter<byte>();
        var reader = _output.Reader;
        while (true)
        {
            var read = await reader.ReadAsync();
            foreach (var piece in read.Buffer)
                body.Write(piece.Span);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || _aborted)
                break;
        }

        await reader.CompleteAsync();
        AnswerWith(new ReadOnlyMemoryContent(body.WrittenMemory));
    }

    private void AnswerWith(HttpContent content)
    {
        var message = new HttpResponseMessage((HttpStatusCode)StatusCode) { Version = HttpVersion.Version11, Content = content };
        if (ReasonPhrase is not null)
            message.ReasonPhrase = ReasonPhrase;
        if (_crossing is not null)
            _crossing.CopyToCaller(_responseHeaders, message);
        else
            CopyTo(message);
        Answer(message);
    }

    private void CopyTo(HttpResponseMessage message)
    {
        foreach (var (name, values) in _responseHeaders)
        {
            // A null value is none, as for a server.
            if (values.Count == 1)
            {
                if (!message.Headers.TryAddWithoutValidation(name, values[0]))
                    message.Content.Headers.TryAddWithoutValidation(name, values[0]);
            }
            else if (values.Count > 1 && !message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
    }

    private void Answer(HttpResponseMessage message)
    {
        if (!_response.TrySetResult(message))
            message.Dispose();
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
            if (exchange._aborted)
                return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: true));
            if (exchange._handedOver)
                return pipe.FlushAsync(cancellationToken);
            return exchange._onStarting is { Count: > 0 } ? StartAndFlushAsync(cancellationToken) : StartWith(cancellationToken);
        }

        private async ValueTask<FlushResult> StartAndFlushAsync(CancellationToken cancellationToken)
        {
            await RunAsync(exchange._onStarting);
            return await StartWith(cancellationToken);
        }

        private ValueTask<FlushResult> StartWith(CancellationToken cancellationToken)
        {
            // What is written becomes readable first, so that a client which goes on at once has it at once.
            var hasBody = pipe.UnflushedBytes > 0;
            var flushed = pipe.FlushAsync(cancellationToken);
            exchange.Start(hasBody);
            return flushed;
        }
    }

    /// <summary>The same as a stream, whose writes are sent as they come.</summary>
    private sealed class ResponseStream(ResponseWriter writer) : WriteOnlyStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            await writer.WriteAsync(buffer, cancellationToken);

        public override async Task FlushAsync(CancellationToken cancellationToken) =>
            await writer.FlushAsync(cancellationToken);
    }

    /// <summary>The body as the client gets it.</summary>
    private sealed class ResponseContent(InProcessExchange exchange, PipeReader reader) : HttpContent
    {
        private ResponseBody? _body;

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(Open());

        protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => Open();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var body = Open();
            await using (body)
            {
                await body.CopyToAsync(stream, cancellationToken);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                Open().Dispose();
            base.Dispose(disposing);
        }

        private ResponseBody Open() => _body ??= new ResponseBody(exchange, reader);
    }

    /// <summary>Gives what was sent, then the end or the failure. Left before that, it tells the application.</summary>
    private sealed class ResponseBody(InProcessExchange exchange, PipeReader reader) : ReadOnlyStream
    {
        private int _disposed;
        private bool _atEnd;

        /// <summary>Whose cancellation ends a read that waits: mostly the same for all reads of a stream, which need not register it each.</summary>
        private CancellationToken _watched;
        private CancellationTokenRegistration _watch;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return TryTake(buffer.Span, out var read) ? new ValueTask<int>(read) : WaitAsync(buffer, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                _watch.Unregister();
                if (!_atEnd)
                    exchange.Abort();
                reader.Complete();
            }

            base.Dispose(disposing);
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<int> WaitAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            try
            {
                if (cancellationToken != _watched)
                    Watch(cancellationToken);
                while (true)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var result = await reader.ReadAsync(CancellationToken.None);
                    if (Take(result, buffer.Span, out var read))
                        return read;
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

        private void Watch(CancellationToken cancellationToken)
        {
            _watch.Unregister();
            _watched = cancellationToken;
            _watch = cancellationToken.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), reader);
        }

        /// <summary>What is there already; 0 at the end.</summary>
        private bool TryTake(Span<byte> buffer, out int read)
        {
            read = 0;
            if (_atEnd)
                return true;
            if (reader.TryRead(out var result))
                return Take(result, buffer, out read);
            if (!IsCut())
                return false;
            // Once more: what came between the two looks was sent before the break.
            if (reader.TryRead(out result))
                return Take(result, buffer, out read);
            return _atEnd = true;
        }

        private bool Take(in ReadResult result, Span<byte> buffer, out int read)
        {
            var available = result.Buffer;
            read = (int)Math.Min(available.Length, buffer.Length);
            if (available.IsEmpty)
            {
                reader.AdvanceTo(available.Start);
                return _atEnd = IsCut() || result.IsCompleted;
            }

            available.Slice(0, read).CopyTo(buffer);
            reader.AdvanceTo(available.GetPosition(read));
            return true;
        }

        /// <summary>The other side has broken off, which a sidecar turns into a clean end.</summary>
        private bool IsCut()
        {
            if (Volatile.Read(ref exchange._failure) is { } failure)
                throw new HttpIOException(failure.HttpRequestError, failure.Message, failure);
            return exchange._aborted && exchange._crossing is not null;
        }
    }
}
