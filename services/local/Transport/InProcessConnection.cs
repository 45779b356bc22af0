using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Transport;

/// <summary>
/// Both ends of a connection over two pipes:
/// <code>
///   client  --write--> up   --read-->  server (Kestrel)
///           &lt;--read--  down &lt;--write--
/// </code>
/// Either end that goes away is seen by the other as on a socket: the reader comes to the end, the writer is told, and the server's
/// ConnectionClosed fires.
/// </summary>
internal sealed class InProcessConnection : ConnectionContext, IMemoryPoolFeature
{
    private static readonly PipeOptions Options = new(BlockPool.Instance, pauseWriterThreshold: 128 * 1024, resumeWriterThreshold: 64 * 1024, minimumSegmentSize: 4096, useSynchronizationContext: false);
    private static long _lastId;

    private readonly Pipe _up = new(Options);
    private readonly Pipe _down = new(Options);
    private readonly CancellationTokenSource _closed = new();
    private int _closing;

    public InProcessConnection(EndPoint local)
    {
        ConnectionId = "memory-" + Interlocked.Increment(ref _lastId).ToString("x", System.Globalization.CultureInfo.InvariantCulture);
        Transport = new Duplex(_up.Reader, _down.Writer);
        Client = new InProcessStream(_down.Reader, _up.Writer, Close);
        LocalEndPoint = local;
        RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 0);
        ConnectionClosed = _closed.Token;
        Features.Set<IMemoryPoolFeature>(this);
    }

    /// <summary>What the HTTP client reads and writes.</summary>
    public InProcessStream Client { get; }

    public MemoryPool<byte> MemoryPool => BlockPool.Instance;

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

    public override IDuplexPipe Transport { get; set; }

    // Without the exception: what was sent before is still read, and the framing of HTTP tells that it is not all.
    public override void Abort(ConnectionAbortedException abortReason)
    {
        _down.Writer.CancelPendingFlush();
        _up.Reader.CancelPendingRead();
        _down.Writer.Complete();
        _up.Reader.Complete();
        Close();
    }

    public override ValueTask DisposeAsync()
    {
        _down.Writer.Complete();
        _up.Reader.Complete();
        Close();
        return base.DisposeAsync();
    }

    private void Close()
    {
        if (Interlocked.Exchange(ref _closing, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
