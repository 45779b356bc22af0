using System.Buffers.Binary;

namespace Gateway.Tests.LocalSidecar;

/// <param name="HttpStatus">200, whatever became of the call.</param>
/// <param name="Status"><c>grpc-status</c>.</param>
/// <param name="Message"><c>grpc-message</c> as it stood on the wire.</param>
/// <param name="StatusInTrailers">False: the status came with the headers.</param>
/// <param name="Body">With the five bytes before the message.</param>
internal sealed record GrpcAnswer(int HttpStatus, string? Status, string? Message, bool StatusInTrailers, string? ContentType, byte[] Body)
{
    public static readonly byte[] Empty = [0, 0, 0, 0, 0];

    /// <summary>The message of a call that succeeded.</summary>
    public byte[] Content()
    {
        AssertOk();
        Assert.Equal(0, Body[0]);
        Assert.Equal(Body.Length - 5, BinaryPrimitives.ReadInt32BigEndian(Body.AsSpan(1)));
        return Body[5..];
    }

    public void AssertOk()
    {
        Assert.True(HttpStatus == 200 && Status == "0", $"{HttpStatus}, {Status}: {Message}");
        Assert.True(StatusInTrailers);
        Assert.Equal("application/grpc", ContentType);
    }

    public void AssertEmpty()
    {
        AssertOk();
        Assert.Equal(Empty, Body);
    }

    public void AssertStatus(int status, string message)
    {
        Assert.Equal(200, HttpStatus);
        Assert.Equal("application/grpc", ContentType);
        Assert.True(Status == status.ToString(), $"{Status}: {Message}");
        Assert.Equal(message, Message);
        Assert.False(StatusInTrailers);
        Assert.Empty(Body);
    }
}
