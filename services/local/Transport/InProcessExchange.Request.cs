using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Transport;

/// <summary>What the application sees of the request.</summary>
internal abstract partial class InProcessExchange :
    IHttpRequestFeature, IHttpRequestBodyDetectionFeature, IRequestBodyPipeFeature, IHttpRequestLifetimeFeature, IHttpRequestIdentifierFeature, IHttpConnectionFeature, IEndpointFeature
{
    private static long _lastId;

    private readonly HeaderDictionary _requestHeaders;
    private HttpContent? _content;
    private Pipe? _input;
    private UploadStream? _upload;
    private PipeReader? _reader;
    private Stream? _body;
    private string? _traceIdentifier;
    private long _uploaded;

    private static readonly StreamPipeReaderOptions LeaveOpen = new(leaveOpen: true);

    public string Protocol { get; set; } = HttpProtocol.Http11;

    public string Scheme { get; set; } = Uri.UriSchemeHttp;

    public string Method { get; set; }

    public string PathBase { get; set; } = "";

    public string Path { get; set; }

    public string QueryString { get; set; }

    public string RawTarget { get; set; }

    public bool CanHaveBody { get; }

    public PipeReader Reader => _reader ??= _input?.Reader ?? (_upload is not null ? PipeReader.Create(_upload, LeaveOpen) : PipeReader.Create(ReadOnlySequence<byte>.Empty));

    IHeaderDictionary IHttpRequestFeature.Headers
    {
        get => _requestHeaders;
        set => throw new NotSupportedException();
    }

    Stream IHttpRequestFeature.Body
    {
        // One or the other: a reader may already hold bytes that the stream under it no longer has.
        get => _body ??= _reader is null && _upload is not null ? _upload : CanHaveBody ? Reader.AsStream(leaveOpen: true) : Stream.Null;
        set => _body = value;
    }

    public string TraceIdentifier
    {
        get => _traceIdentifier ??= "memory-" + Interlocked.Increment(ref _lastId).ToString("x", System.Globalization.CultureInfo.InvariantCulture);
        set => _traceIdentifier = value;
    }

    Endpoint? IEndpointFeature.Endpoint { get; set; }

    public string ConnectionId { get => TraceIdentifier; set => TraceIdentifier = value; }

    public IPAddress? RemoteIpAddress { get; set; } = IPAddress.Loopback;

    public IPAddress? LocalIpAddress { get; set; } = IPAddress.Loopback;

    public int RemotePort { get; set; }

    public int LocalPort { get; set; }

    public CancellationToken RequestAborted
    {
        get
        {
            if (_abortToken is { } token)
                return token;
            lock (_sync)
            {
                if (_aborting is null)
                {
                    _aborting = new CancellationTokenSource();
                    if (_aborted)
                        _aborting.Cancel();
                }

                return _aborting.Token;
            }
        }
        set => _abortToken = value;
    }

    /// <summary>Begins to bring the body: what can be read is read by the application itself, anything else is written for it as it comes.</summary>
    public void BeginUpload()
    {
        if (Interlocked.Exchange(ref _content, null) is not { } content)
            return;
        if (content is PipedContent piped)
        {
            _reader = piped.Reader(BrokenUpload);
            return;
        }

        if (ReadableContent.Includes(content))
        {
            _upload = new UploadStream(this, content.ReadAsStream(_clientToken));
            return;
        }

        _input = new Pipe(Options);
        _ = UploadAsync(content, new RequestStream(this, _input.Writer));
    }

    private async Task UploadAsync(HttpContent content, RequestStream to)
    {
        try
        {
            await content.CopyToAsync(to, _clientToken);
            await to.Writer.CompleteAsync();
        }
        catch (Exception e)
        {
            BrokenUpload(e);
            await to.Writer.CompleteAsync(new IOException("The client broke the request off."));
        }
    }

    /// <summary>The client cannot go on: it hears why, and the application that it has left.</summary>
    private void BrokenUpload(Exception e)
    {
        if (e is OperationCanceledException)
            _response.TrySetCanceled(_clientToken);
        else if (e is UploadTooLargeException)
            Answer(_crossing!.TooLarge());
        else
            _response.TrySetException(e as HttpRequestException ?? new HttpRequestException("Error while copying content to a stream.", e));
        Abort();
    }

    /// <summary>Takes note of what has been brought.</summary>
    private void Count(int bytes)
    {
        _uploaded += bytes;
        if (_crossing is not null && _uploaded > _crossing.MaxBodyBytes)
            throw new UploadTooLargeException();
    }

    /// <summary>Nobody reads any more: what the client still sends goes nowhere.</summary>
    private void EndUpload()
    {
        _input?.Reader.Complete();
        _upload?.Dispose();
    }

    /// <summary>As a client's sockets write them: one line a name, and the framing by what is known of the body.</summary>
    private static HeaderDictionary HeadersOf(HttpRequestMessage request)
    {
        var headers = new HeaderDictionary(16) { ["Host"] = request.Headers.Host ?? request.RequestUri!.Authority };
        foreach (var (name, values) in request.Headers.NonValidated)
            headers[name] = values.ToString();
        if (request.Content is { } content)
        {
            var length = content.Headers.ContentLength;
            foreach (var (name, values) in content.Headers.NonValidated)
                headers[name] = values.ToString();
            if (request.Headers.TransferEncodingChunked == true || length is null)
            {
                headers.Remove("Content-Length");
                headers["Transfer-Encoding"] = "chunked";
            }
            else
            {
                headers.ContentLength = length;
            }
        }

        return headers;
    }

    /// <summary>What the client's content is written to.</summary>
    private sealed class RequestStream(InProcessExchange exchange, PipeWriter writer) : WriteOnlyStream
    {
        private const int MostAtOnce = 64 * 1024;

        public PipeWriter Writer => writer;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (buffer.Length > 0)
            {
                var piece = Math.Min(buffer.Length, MostAtOnce);
                exchange.Count(piece);
                buffer.Span[..piece].CopyTo(writer.GetSpan(piece));
                writer.Advance(piece);
                buffer = buffer[piece..];
                // Completed: the application has answered without reading it all, and the rest is of no use to anybody.
                if ((await writer.FlushAsync(cancellationToken)).IsCompleted)
                    return;
            }
        }
    }

    /// <summary>What the application reads where the client's content can be read.</summary>
    private sealed class UploadStream(InProcessExchange exchange, Stream content) : ReadOnlyStream
    {
        private int _disposed;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                var read = content.ReadAsync(buffer, cancellationToken);
                if (!read.IsCompletedSuccessfully)
                    return WaitAsync(read);
                var bytes = read.Result;
                exchange.Count(bytes);
                return new ValueTask<int>(bytes);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw Broken(e);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                content.Dispose();
            base.Dispose(disposing);
        }

        private async ValueTask<int> WaitAsync(ValueTask<int> read)
        {
            try
            {
                var bytes = await read;
                exchange.Count(bytes);
                return bytes;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw Broken(e);
            }
        }

        private IOException Broken(Exception e)
        {
            exchange.BrokenUpload(e);
            return new IOException("The client broke the request off.", e);
        }
    }

    private sealed class UploadTooLargeException : Exception;
}
