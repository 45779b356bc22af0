using System.Net;
using System.Runtime.CompilerServices;
using Gateway.Local.Transport;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>
/// An app's answer on its way to the caller. An app that dies mid-body looks to the caller like one that has finished: only an end mark in the
/// body tells.
/// </summary>
/// <param name="body">To be read.</param>
/// <param name="owner">Disposed of with this.</param>
internal sealed class AnswerContent(Stream body, HttpContent owner) : HttpContent
{
    private readonly Pieces _pieces = new(body);

    /// <summary>Waits until there is something to read, or the end.</summary>
    public ValueTask<int> FirstPieceAsync(CancellationToken cancellationToken) => _pieces.ReadAsync(Memory<byte>.Empty, cancellationToken);

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(_pieces);

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => _pieces;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _pieces.CopyToAsync(stream);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => _pieces.CopyToAsync(stream, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pieces.Dispose();
            owner.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class Pieces(Stream body) : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = body.ReadAsync(buffer, cancellationToken);
            return read.IsCompletedSuccessfully ? read : WaitAsync(read, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                body.Dispose();
            base.Dispose(disposing);
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private static async ValueTask<int> WaitAsync(ValueTask<int> read, CancellationToken cancellationToken)
        {
            try
            {
                return await read;
            }
            catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException && !cancellationToken.IsCancellationRequested)
            {
                return 0;
            }
        }
    }
}
