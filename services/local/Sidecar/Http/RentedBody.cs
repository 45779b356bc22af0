using System.Buffers;

namespace Gateway.Local.Sidecar.Http;

/// <summary>A request's body in a rented buffer, for as long as the request is worked on.</summary>
internal sealed class RentedBody : IDisposable
{
    private byte[] _buffer;

    private RentedBody(ReadOnlySequence<byte> body)
    {
        _buffer = ArrayPool<byte>.Shared.Rent((int)body.Length);
        body.CopyTo(_buffer);
        Bytes = _buffer.AsMemory(0, (int)body.Length);
    }

    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <exception cref="SidecarFault"><paramref name="tooLarge"/>, when the body is longer than the sidecar takes.</exception>
    public static async Task<RentedBody> ReadAsync(HttpContext context, long maxBytes, Func<SidecarFault> tooLarge)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > maxBytes)
                throw tooLarge();
            if (read.IsCompleted)
            {
                var body = new RentedBody(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public void Dispose()
    {
        if (_buffer.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, Bytes) = ([], default);
    }
}
