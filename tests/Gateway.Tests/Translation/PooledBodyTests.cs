using System.Text;
using Gateway.Contracts.Json;
using Gateway.Hosting;

namespace Gateway.Tests.Translation;

/// <summary>Arrays of the pool: nothing of them may be overwritten while somebody still reads it.</summary>
public class PooledBodyTests
{
    [Fact]
    public async Task A_body_still_being_sent_outlives_its_call()
    {
        var body = new PooledBuffer(1024);
        body.GetSpan(600)[..600].Fill((byte)'x');
        body.Advance(600);
        var content = new PooledContent(body);
        var stream = new SlowStream();
        var sending = content.CopyToAsync(stream);
        content.Dispose();
        body.Dispose();
        Assert.Equal(600, body.WrittenCount);
        stream.Go.SetResult();
        await sending;
        Assert.Equal(new string('x', 600), Encoding.ASCII.GetString(stream.Taken));
        Assert.Equal(0, body.WrittenCount);
    }

    [Fact]
    public void A_body_that_was_never_sent_is_given_back()
    {
        var body = new PooledBuffer(1024);
        body.Advance(10);
        var content = new PooledContent(body);
        body.Dispose();
        Assert.Equal(10, body.WrittenCount);
        content.Dispose();
        content.Dispose();
        Assert.Equal(0, body.WrittenCount);
    }

    [Theory]
    [InlineData("123", "chunked", 123L)]
    [InlineData("-1", "chunked", null)]
    [InlineData("much", "chunked", null)]
    [InlineData(null, "chunked", null)]
    [InlineData("123", null, 7L)]
    public void A_length_is_known_by_either_header(string? told, string? encoding, long? expected)
    {
        var request = new Microsoft.AspNetCore.Http.DefaultHttpContext().Request;
        request.Headers[Gateway.Contracts.Names.GatewayHeaders.BodyBytes] = told;
        request.Headers.TransferEncoding = encoding;
        request.Headers.ContentLength = encoding is null ? 7 : null;
        Assert.Equal(expected, Sidecar.LengthOf(request));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1_000, true)]
    [InlineData(100_000, true)]
    [InlineData(100_001, false)]
    public async Task A_stream_is_read_to_its_end_or_up_to_what_is_allowed(int length, bool allowed)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        using var buffer = new PooledBuffer(16);
        Assert.Equal(allowed, await buffer.TryReadAsync(new MemoryStream(bytes), 100_000, default));
        if (allowed)
            Assert.Equal(bytes, buffer.WrittenSpan.ToArray());
        buffer.Clear();
        Assert.Equal(0, buffer.WrittenCount);
    }

    [Fact]
    public async Task Each_read_is_announced_and_what_is_far_too_large_is_given_back()
    {
        var reads = 0;
        using var buffer = new PooledBuffer(100_000);
        Assert.True(await buffer.TryReadAsync(new MemoryStream(new byte[300]), 300, default, () => reads++));
        Assert.Equal(2, reads);
        var before = buffer.GetMemory().Length;
        buffer.Trim();
        Assert.Equal(300, buffer.WrittenCount);
        Assert.True(buffer.GetMemory().Length < before / 10);
    }

    [Fact]
    public async Task A_body_of_known_length_is_read_without_growing()
    {
        using var buffer = RequestBodies.ForLength(4096 - PooledBuffer.LeastRoom);
        var room = buffer.GetMemory().Length;
        Assert.True(await buffer.TryReadAsync(new MemoryStream(new byte[4096 - PooledBuffer.LeastRoom]), 4096, default));
        Assert.Equal(room, buffer.WrittenCount + buffer.GetMemory().Length);
    }

    private sealed class SlowStream : MemoryStream
    {
        public TaskCompletionSource Go { get; } = new();

        public byte[] Taken => ToArray();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Go.Task;
            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
