using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;

namespace Gateway.Local.Sidecar.Grpc;

/// <summary>The one message of a unary call, each way: a flag, four bytes of length, the message.</summary>
internal static class UnaryMessage
{
    private const int PrefixBytes = 5;

    /// <exception cref="GrpcFault">There is not exactly one message, or it is too long or compressed.</exception>
    public static async Task<byte[]> ReadAsync(HttpRequest request, long maxBytes, CancellationToken cancellation)
    {
        var reader = request.BodyReader;
        var prefix = await reader.ReadAtLeastAsync(PrefixBytes, cancellation);
        if (prefix.Buffer.Length < PrefixBytes)
            throw new GrpcFault(GrpcStatus.Internal, "the call ended without a whole message");
        var length = ReadPrefix(prefix.Buffer, request, maxBytes);
        reader.AdvanceTo(prefix.Buffer.GetPosition(PrefixBytes));
        var message = new byte[length];
        await FillAsync(reader, message, cancellation);
        var rest = await reader.ReadAtLeastAsync(1, cancellation);
        if (rest.Buffer.Length > 0)
            throw new GrpcFault(GrpcStatus.Internal, "the method takes one message and got more");
        reader.AdvanceTo(rest.Buffer.End);
        return message;
    }

    public static ReadOnlyMemory<byte> Create(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        buffer.Write(stackalloc byte[PrefixBytes]);
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
            write(output);
        var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.Span[1..], (uint)(bytes.Length - PrefixBytes));
        return bytes;
    }

    private static int ReadPrefix(ReadOnlySequence<byte> buffer, HttpRequest request, long maxBytes)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        if (prefix[0] != 0)
        {
            throw new GrpcFault(GrpcStatus.Unimplemented, $"grpc: Decompressor is not installed for grpc-encoding \"{request.Headers["grpc-encoding"]}\"");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        return length <= Math.Min(maxBytes, Array.MaxLength)
            ? (int)length
            : throw new GrpcFault(GrpcStatus.ResourceExhausted, $"grpc: received message larger than max ({length} vs. {maxBytes})");
    }

    // Piece by piece, so that the flow control window opens again for what has been taken.
    private static async Task FillAsync(PipeReader reader, Memory<byte> message, CancellationToken cancellation)
    {
        while (message.Length > 0)
        {
            var read = await reader.ReadAsync(cancellation);
            var taken = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, message.Length));
            taken.CopyTo(message.Span);
            message = message[(int)taken.Length..];
            reader.AdvanceTo(taken.End);
            if (read.IsCompleted && message.Length > 0)
                throw new GrpcFault(GrpcStatus.Internal, "the call ended without a whole message");
        }
    }
}
