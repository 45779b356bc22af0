using System.Buffers;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Sse;

namespace Gateway.Tests.Contracts;

public class SseReaderTests
{
    private const string Sample =
        ": a comment\n\nevent: a\ndata: {\"x\":1}\n\ndata:no space\nid: 7\nretry: 5\n\nevent: two\ndata: first\ndata: second\ndata\n\n" +
        "event:named\nother: field\ndata: grüße 日本 🎉\n\ndata\n\n";

    private static readonly (string Name, string Data)[] Expected =
        [("a", "{\"x\":1}"), ("", "no space"), ("two", "first\nsecond\n"), ("named", "grüße 日本 🎉"), ("", "")];

    public static TheoryData<string> LineEnds => new() { "\n", "\r", "\r\n" };

    [Theory]
    [MemberData(nameof(LineEnds))]
    public async Task Rule_E132_events_are_the_same_wherever_the_bytes_are_cut(string lineEnd)
    {
        var bytes = Encoding.UTF8.GetBytes("\uFEFF" + Sample.Replace("\n", lineEnd));
        foreach (var size in new[] { 1, 2, 3, 5, 7, 64, bytes.Length })
            Assert.Equal(Expected, await ReadAll(Chunks(bytes, size)));
        for (var cut = 1; cut < bytes.Length; cut++)
            Assert.Equal(Expected, await ReadAll([bytes[..cut], bytes[cut..]]));
    }

    [Theory]
    [MemberData(nameof(LineEnds))]
    public async Task Events_read_one_after_another_lie_between_their_positions(string lineEnd)
    {
        var bytes = Encoding.UTF8.GetBytes("\uFEFF" + Sample.Replace("\n", lineEnd));
        foreach (var size in new[] { 1, 3, 64, bytes.Length })
        {
            using var reader = new SseReader(new ChunkedStream(Chunks(bytes, size)));
            do
            {
                var (start, run) = (-1, new ArrayBufferWriter<byte>());
                while (reader.TryRead(out var e))
                {
                    if (start < 0)
                        start = reader.Position - e.Raw.Length;
                    run.Write(e.Raw);
                    Assert.True(reader.Between(start, reader.Position).SequenceEqual(run.WrittenSpan));
                }
            }
            while (await reader.FillAsync(default));
        }
    }

    [Theory]
    [MemberData(nameof(LineEnds))]
    public async Task Raw_bytes_of_all_events_are_the_stream(string lineEnd)
    {
        var bytes = Encoding.UTF8.GetBytes(Sample.Replace("\n", lineEnd));
        foreach (var size in new[] { 1, 3, bytes.Length })
        {
            using var reader = new SseReader(new ChunkedStream(Chunks(bytes, size)));
            var raw = new ArrayBufferWriter<byte>();
            do
            {
                while (reader.TryRead(out var e))
                    raw.Write(e.Raw);
            }
            while (await reader.FillAsync(default));
            // A line feed that is split from its carriage return at the very end belongs to no event.
            var text = Encoding.UTF8.GetString(raw.WrittenSpan);
            Assert.Equal(Sample.Replace("\n", lineEnd).TrimEnd('\r', '\n'), text.TrimEnd('\r', '\n'));
        }
    }

    [Fact]
    public async Task Rule_E167_a_last_event_without_its_blank_line_is_not_lost()
    {
        foreach (var tail in new[] { "", "\n", "\r\n" })
            Assert.Equal([("", "1"), ("x", "last")], await ReadAll([Encoding.UTF8.GetBytes("data: 1\n\nevent: x\ndata: last" + tail)]));
    }

    [Fact]
    public async Task An_abort_mark_hides_the_half_event_before_it_and_tells_why()
    {
        foreach (var half in new[] { "", "event: x", "event: x\n", "event: x\ndata: {\"ha", "event: x\r\ndata: {\r" })
        {
            var mark = new ArrayBufferWriter<byte>();
            SseAbort.Write(mark, ErrorKind.ProviderTimeout);
            byte[] bytes = [.. Encoding.UTF8.GetBytes("data: 1\n\n" + half), .. mark.WrittenSpan];
            foreach (var size in new[] { 1, 4, bytes.Length })
            {
                using var reader = new SseReader(new ChunkedStream(Chunks(bytes, size)));
                Assert.Equal([("", "1")], await ReadAll(reader));
                Assert.Equal(ErrorKind.ProviderTimeout, reader.Abort);
            }
        }
    }

    [Fact]
    public async Task Rule_E133_a_line_of_twenty_megabytes_is_read_and_one_over_the_limit_is_an_error()
    {
        var line = new byte[20_000_000];
        line.AsSpan().Fill((byte)'x');
        byte[] bytes = [.. "data: "u8, .. line, .. "\n\n"u8];
        using (var reader = new SseReader(new MemoryStream(bytes)))
            Assert.Equal(line.Length, (await ReadAll(reader)).Single().Data.Length);
        using var strict = new SseReader(new MemoryStream(bytes), maxEventBytes: 1_000_000);
        var error = await Assert.ThrowsAsync<GatewayException>(() => ReadAll(strict));
        Assert.Equal(ErrorKind.ProviderProtocol, error.Kind);
    }

    private static async Task<(string Name, string Data)[]> ReadAll(IEnumerable<byte[]> chunks)
    {
        using var reader = new SseReader(new ChunkedStream(chunks));
        return await ReadAll(reader);
    }

    private static async Task<(string Name, string Data)[]> ReadAll(SseReader reader)
    {
        var events = new List<(string, string)>();
        do
        {
            while (reader.TryRead(out var e))
                Add(e);
        }
        while (await reader.FillAsync(default));
        if (reader.TryReadRest(out var last))
            Add(last);
        return [.. events];

        void Add(SseEvent e)
        {
            if (e.HasData)
                events.Add((Encoding.UTF8.GetString(e.Name), Encoding.UTF8.GetString(e.Data)));
        }
    }

    private static IEnumerable<byte[]> Chunks(byte[] bytes, int size) => bytes.Chunk(size);

    private sealed class ChunkedStream(IEnumerable<byte[]> chunks) : MemoryStream
    {
        private readonly Queue<byte[]> _chunks = new(chunks.Where(c => c.Length > 0));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_chunks.Count == 0)
                return ValueTask.FromResult(0);
            var chunk = _chunks.Dequeue();
            var take = Math.Min(chunk.Length, buffer.Length);
            chunk.AsMemory(0, take).CopyTo(buffer);
            if (take < chunk.Length)
            {
                var rest = _chunks.ToArray();
                _chunks.Clear();
                _chunks.Enqueue(chunk[take..]);
                foreach (var c in rest)
                    _chunks.Enqueue(c);
            }

            return ValueTask.FromResult(take);
        }
    }
}
