using System.Runtime.CompilerServices;
using Gateway.Local.Transport;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>
/// The body of an app's answer on its way to the caller. An app that dies mid-body looks to the caller like one that has finished: only an end
/// mark in the body tells.
/// </summary>
internal sealed class AnswerBody(Stream body) : AsyncStream
{
    public override bool CanRead => true;

    /// <summary>Waits until there is something to read, or the end.</summary>
    public ValueTask<int> FirstPieceAsync(CancellationToken cancellationToken) => ReadAsync(Memory<byte>.Empty, cancellationToken);

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
