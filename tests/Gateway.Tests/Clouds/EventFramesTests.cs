using System.Text;
using Gateway.Fakes;
using Gateway.ProviderAdapter.Clouds;
using Gateway.Providers.Clouds;

namespace Gateway.Tests.Clouds;

public class EventFramesTests
{
    /// <summary>Written by Amazon's own codec for JavaScript: a ping, with its padding.</summary>
    private const string Ping =
        "0000008a0000004b7f7aef420b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f"
        + "6e0d3a6d6573736167652d747970650700056576656e747b226279746573223a2265794a306558426c496a6f6963476c755a794a39222c2270223a2261626364"
        + "65666768227d21492ce2";

    /// <summary>The same of an exception.</summary>
    private const string SlowDown =
        "0000008800000061de0175f40f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a636f6e74656e742d74797065"
        + "0700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a22736c6f7720646f"
        + "776e227d832ee072";

    private const string PingEvent = "event: ping\ndata: {\"type\":\"ping\"}\n\n";

    private const string SlowDownEvent =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow down\"}}\n\n";

    [Fact]
    public async Task Frames_of_amazons_own_codec_are_read()
    {
        Assert.Equal((PingEvent, null), await ReadAsync(Convert.FromHexString(Ping)));
        Assert.Equal((SlowDownEvent, null), await ReadAsync(Convert.FromHexString(SlowDown)));
        Assert.Equal(Ping, Convert.ToHexStringLower(EventStreamWriter.Chunk("""{"type":"ping"}""")));
        Assert.Equal(SlowDown, Convert.ToHexStringLower(EventStreamWriter.Exception("throttlingException", """{"message":"slow down"}""")));
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_is_found_out()
    {
        var whole = Convert.FromHexString(Ping);
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = (byte[])[.. whole, .. whole];
            damaged[whole.Length + at] ^= 1;
            var (text, failure) = await ReadAsync(damaged);

            Assert.Equal(PingEvent, text);
            Assert.IsAssignableFrom<IOException>(failure);
        }
    }

    [Fact]
    public async Task A_stream_cut_anywhere_ends_loudly_but_on_a_border_of_frames()
    {
        byte[][] frames =
        [
            EventStreamWriter.Chunk("""{"type":"message_start","message":{"id":"msg_bdrk_1"}}"""),
            EventStreamWriter.Chunk("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hé\n"}}"""),
            EventStreamWriter.Chunk("""{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}"""),
        ];
        var stream = frames.SelectMany(f => f).ToArray();
        var borders = new HashSet<int> { 0, frames[0].Length, frames[0].Length + frames[1].Length, stream.Length };
        for (var length = 0; length <= stream.Length; length++)
        {
            var (text, failure) = await ReadAsync(stream[..length]);

            Assert.Equal(borders.Contains(length), failure is null);
            Assert.Equal(borders.Where(b => b > 0 && b <= length).Count(), text.Split("\n\n").Length - 1);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task However_it_comes_in_pieces_it_is_the_same(int piece)
    {
        var stream = Enumerable.Range(0, 50).SelectMany(i => EventStreamWriter.Chunk($$"""{"type":"t{{i}}","x":"{{new string('a', i * 40)}}"}""")).ToArray();
        Assert.Equal(await ReadAsync(stream), await ReadAsync(stream, piece));
    }

    [Fact]
    public async Task What_is_no_event_is_left_out_and_what_follows_an_exception_does_not_count()
    {
        var (text, failure) = await ReadAsync(
        [
            .. EventStreamWriter.Event("initial-response", "{}"), .. EventStreamWriter.Chunk("{}"), .. EventStreamWriter.Chunk("""{"p":"x"}"""),
            .. EventStreamWriter.Event("chunk", """{"p":"pad","bytes":"eyJ0eXBlIjoicGluZyJ9"}"""),
            .. EventStreamWriter.Event("chunk", """{"bytes":"\u0065yJ0eXBlIjoicGluZyJ9"}"""),
            .. EventStreamWriter.Chunk("""{"a":1,"type":"ping"}"""),
            .. EventStreamWriter.Exception("throttlingException", """{"message":"slow down"}"""), .. Convert.FromHexString(Ping),
        ]);

        Assert.Null(failure);
        Assert.Equal(PingEvent + PingEvent + "event: ping\ndata: {\"a\":1,\"type\":\"ping\"}\n\n" + SlowDownEvent, text);
    }

    [Theory]
    [InlineData("internalServerException", """{"message":"m"}""", "api_error", "m")]
    [InlineData("modelStreamErrorException", """{"message":"m","originalStatusCode":529,"originalMessage":"busy"}""", "overloaded_error", "busy")]
    [InlineData("modelStreamErrorException", """{"message":"m"}""", "api_error", "m")]
    [InlineData("validationException", """{"message":"Input is too long for requested model."}""", "invalid_request_error",
        "prompt is too long: Input is too long for requested model.")]
    [InlineData("modelTimeoutException", """{"message":"m"}""", "timeout_error", "m")]
    [InlineData("serviceUnavailableException", "", "overloaded_error", "The answer ended with serviceUnavailableException.")]
    public async Task An_exception_in_the_middle_is_an_error_of_anthropics(string type, string payload, string error, string message)
    {
        var (text, failure) = await ReadAsync(EventStreamWriter.Exception(type, payload));

        Assert.Null(failure);
        Assert.Equal(
            $$$"""event: error{{{"\n"}}}data: {"type":"error","error":{"type":"{{{error}}}","message":"{{{message}}}"}}{{{"\n\n"}}}""", text);
    }

    [Fact]
    public async Task A_frame_that_is_an_error_says_so_in_its_headers() =>
        Assert.Equal(
            ("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"gone\"}}\n\n", (Exception?)null),
            await ReadAsync(EventStreamWriter.Error("InternalError", "gone")));

    [Fact]
    public async Task Amazons_own_members_are_cut_out_of_events_and_only_those()
    {
        var (text, _) = await ReadAsync(
        [
            .. EventStreamWriter.Chunk("""{"amazon-bedrock-trace":{"a":[1]},"type":"message_stop","x":1,"amazon-bedrock-invocationMetrics":{"i":1}}"""),
            .. EventStreamWriter.Chunk("""{"type":"t","text":"\"amazon-bedrock-x\":1"}"""),
        ]);

        Assert.Equal(
            "event: message_stop\ndata: {\"type\":\"message_stop\",\"x\":1}\n\n"
            + "event: t\ndata: {\"type\":\"t\",\"text\":\"\\\"amazon-bedrock-x\\\":1\"}\n\n",
            text);
    }

    [Theory]
    [InlineData("""{"bytes":"%%%"}""")]
    [InlineData("""{"bytes":"ewoi"}""")]
    [InlineData("""["bytes"]""")]
    [InlineData("""{"bytes" """)]
    public async Task A_payload_that_is_none_is_a_broken_frame(string payload) =>
        Assert.IsType<BrokenFrameException>((await ReadAsync(EventStreamWriter.Event("chunk", payload))).Failure);

    [Fact]
    public void An_impossible_length_makes_no_room()
    {
        var frame = EventStreamWriter.Frame([(":message-type", "event")], "{}");
        Assert.Equal(0, EventFrames.LengthOf(frame.AsSpan(0, 11)));
        Assert.Equal(frame.Length, EventFrames.LengthOf(frame));
        byte[] huge = [0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(huge.AsSpan(8), System.IO.Hashing.Crc32.HashToUInt32(huge.AsSpan(0, 8)));
        Assert.Throws<BrokenFrameException>(() => EventFrames.LengthOf(huge));
    }

    [Fact]
    public void Nothing_is_allocated_for_an_event()
    {
        var frame = EventStreamWriter.Chunk("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}""");
        var output = new Gateway.Contracts.Json.PooledBuffer(64 * 1024);
        EventFrames.Write(frame, output);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            EventFrames.Write(frame, output);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        output.Dispose();
    }

    [Theory]
    [InlineData("event: a\ndata: 1\n\nevent: vertex_event\ndata: {}\n\nevent: b\ndata: 2\n\n", "event: a\ndata: 1\n\nevent: b\ndata: 2\n\n")]
    [InlineData("event:vertex_event\r\ndata: {}\r\n\r\nevent: b\r\ndata: 2\r\n\r\n", "event: b\r\ndata: 2\r\n\r\n")]
    [InlineData("event: vertex_events\ndata: {}\n\n", "event: vertex_events\ndata: {}\n\n")]
    [InlineData("data: event: vertex_event\n\n: c\n\nevent: vertex_eve", "data: event: vertex_event\n\n: c\n\nevent: vertex_eve")]
    [InlineData("event: a\ndata: {\"x\":\"event: vertex_event\"}\n\nevent: vertex_event\ndata: {", "event: a\ndata: {\"x\":\"event: vertex_event\"}\n\n")]
    public async Task Googles_own_events_are_left_out_however_they_come(string stream, string expected)
    {
        for (var piece = 1; piece <= stream.Length; piece++)
        {
            using var filter = new VertexEventFilter(new Pieces(Encoding.UTF8.GetBytes(stream), piece));
            using var reader = new StreamReader(filter);
            Assert.Equal(expected, await reader.ReadToEndAsync());
        }
    }

    private static async Task<(string Text, Exception? Failure)> ReadAsync(byte[] stream, int piece = int.MaxValue)
    {
        await using var decoder = new EventStreamDecoder(new Pieces(stream, piece));
        using var text = new MemoryStream();
        var buffer = new byte[100];
        try
        {
            for (int read; (read = await decoder.ReadAsync(buffer)) > 0;)
                text.Write(buffer, 0, read);
        }
        catch (IOException e)
        {
            return (Encoding.UTF8.GetString(text.ToArray()), e);
        }

        return (Encoding.UTF8.GetString(text.ToArray()), null);
    }

    /// <summary>Gives so many bytes at a time.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
