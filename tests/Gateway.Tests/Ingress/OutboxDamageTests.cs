using System.Text;
using Gateway.Ingress.Outbox;
using static Gateway.Tests.Ingress.OutboxRig;

namespace Gateway.Tests.Ingress;

/// <summary>Segments as a disk or a dead process may leave them: whatever is whole is published, what is not is set aside.</summary>
public sealed class OutboxDamageTests : IAsyncLifetime
{
    private readonly OutboxRig _rig = new();

    public Task InitializeAsync() => _rig.StartAsync();

    public Task DisposeAsync() => _rig.DisposeAsync().AsTask();

    [Fact]
    public async Task What_a_dead_process_left_behind_is_published_by_the_next_and_a_torn_line_is_passed_over()
    {
        // As a kill leaves it: a slot without a lock, a segment whose last line was never finished.
        var slot = Directory.CreateDirectory(Path.Combine(_rig.Directory, "slot-7")).FullName;
        await File.WriteAllBytesAsync(
            Path.Combine(slot, "00000003.jsonl"),
            [.. Record(1), .. Record(2), .. Record(3).AsSpan(0, 40)]);
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox);
        await publisher.StartAsync(default);
        await Until(() => _rig.Published.Count == 2);
        await Until(() => !File.Exists(Path.Combine(slot, "00000003.jsonl")));
        await publisher.StopAsync(default);
        Assert.Equal(["req_1", "req_2"], _rig.Published);
        Assert.Equal(Encoding.UTF8.GetString(Record(3).AsSpan(0, 40)), _rig.Aside.Single().Body);
    }

    [Fact]
    public async Task A_mark_that_a_crash_left_alone_does_not_pass_over_the_events_of_a_later_segment()
    {
        var slot = Directory.CreateDirectory(Path.Combine(_rig.Directory, "slot-0")).FullName;
        await File.WriteAllTextAsync(Path.Combine(slot, "00000001.jsonl.published"), "100000");
        await using var outbox = _rig.Outbox();
        Assert.Equal(slot, outbox.Directory);
        var publisher = _rig.Publisher(outbox);
        await publisher.StartAsync(default);
        await outbox.AppendAsync(Event(1));
        await Until(() => _rig.Published.Count == 1);
        await publisher.StopAsync(default);
    }

    /// <summary>Segments as a disk may give them back: whatever is whole is published, what is not is set aside, and reading goes on behind it.</summary>
    [Theory]
    [InlineData("cut off in the last record", "0 1 2 3 4", 1)]
    [InlineData("cut off at a record's end", "0 1 2 3 4", 0)]
    [InlineData("a record zeroed", "0 1 3 4 5", 1)]
    [InlineData("zeroes over the border of two", "0 1 4 5", 1)]
    [InlineData("a bit flipped in a number", "0 1 3 4 5", 1)]
    [InlineData("a bit flipped in a checksum", "0 1 3 4 5", 1)]
    [InlineData("a line's end flipped", "0 1 4 5", 1)]
    [InlineData("a line's end in the middle", "0 1 3 4 5", 2)]
    [InlineData("a record twice", "0 1 2 2 3 4 5", 0)]
    [InlineData("a record without its checksum", "0 1 3 4 5", 1)]
    [InlineData("two megabytes without a line's end before it", "1 2 3 4 5", 2)]
    [InlineData("a foreign file", "", 1)]
    [InlineData("an empty file", "", 0)]
    [InlineData("a mark past the end", "0 1 2 3 4 5", 0)]
    [InlineData("a mark in the middle of a record", "0 1 2 3 4 5", 0)]
    [InlineData("a mark with another number in it", "0 1 2 3 4 5", 0)]
    [InlineData("a mark that is no number", "0 1 2 3 4 5", 0)]
    [InlineData("a mark that is true", "3 4 5", 0)]
    public async Task Damage(string kind, string published, int aside)
    {
        var records = Enumerable.Range(0, 6).Select(Record).ToList();
        byte[] whole = [.. records.SelectMany(r => r)];
        var at = records[0].Length + records[1].Length;
        string? mark = null;
        byte[] content = kind switch
        {
            "cut off in the last record" => whole[..^20],
            "cut off at a record's end" => whole[..^records[5].Length],
            "a record zeroed" => Changed(b => b.AsSpan(at, records[2].Length - 1).Clear()),
            "zeroes over the border of two" => Changed(b => b.AsSpan(at + records[2].Length - 30, 60).Clear()),
            "a bit flipped in a number" => Changed(b => b[at + records[2].AsSpan().IndexOf("\"output_tokens\":2"u8) + 16] ^= 1),
            "a bit flipped in a checksum" => Changed(b => b[at + records[2].Length - 3] ^= 1),
            "a line's end flipped" => Changed(b => b[at + records[2].Length - 1] ^= 1),
            "a line's end in the middle" => Changed(b => b[at + 50] = (byte)'\n'),
            "a record twice" => [.. whole[..(at + records[2].Length)], .. whole[at..]],
            "a record without its checksum" => [.. whole[..(at + records[2].Length - 10)], (byte)'\n', .. whole[(at + records[2].Length)..]],
            "two megabytes without a line's end before it" => [.. new byte[(2 * 1024 * 1024) + 100], .. whole],
            "a foreign file" => [.. "\u007fELF"u8, .. new byte[5000]],
            "an empty file" => [],
            _ => whole,
        };
        mark = kind switch
        {
            "a mark past the end" => MarkOf(whole.Length + 1000),
            "a mark in the middle of a record" => MarkOf(at + 7),
            "a mark with another number in it" => (at + 1).ToString("D20") + MarkOf(at)[20..],
            "a mark that is no number" => "no number at all, and longer than one",
            "a mark that is true" => MarkOf(at + records[2].Length),
            _ => null,
        };
        var slot = Directory.CreateDirectory(Path.Combine(_rig.Directory, "slot-7")).FullName;
        var segment = Path.Combine(slot, "00000001.jsonl");
        await File.WriteAllBytesAsync(segment, content);
        if (mark is not null)
            await File.WriteAllTextAsync(segment + ".published", mark);
        // What comes behind all damage.
        await File.WriteAllBytesAsync(Path.Combine(slot, "00000002.jsonl"), Record(99));

        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox);
        await publisher.StartAsync(default);
        await Until(() => !File.Exists(segment) && !File.Exists(Path.Combine(slot, "00000002.jsonl")));
        await publisher.StopAsync(default);
        Assert.Equal([.. published.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => $"req_{n}"), "req_99"], _rig.Published);
        Assert.Equal(aside, _rig.Aside.Count);
        Assert.All(_rig.Aside, e => Assert.StartsWith("The record is damaged", e.Reason));

        byte[] Changed(Action<byte[]> change)
        {
            var copy = whole.ToArray();
            change(copy);
            return copy;
        }
    }

    private static string MarkOf(long position)
    {
        var digits = position.ToString("D20");
        return $"{digits} {OutboxRecord.Checksum(Encoding.ASCII.GetBytes(digits)):x8}";
    }
}
