using System.Runtime.Versioning;
using Gateway.Ingress;
using Gateway.Ingress.Outbox;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using static Gateway.Tests.Ingress.OutboxRig;

namespace Gateway.Tests.Ingress;

/// <summary>The outbox on a disk that is full, gone or slow to come back, and who may read it there.</summary>
public sealed class OutboxDiskTests : IAsyncLifetime
{
    private readonly OutboxRig _rig = new();

    public Task InitializeAsync() => _rig.StartAsync();

    public Task DisposeAsync() => _rig.DisposeAsync().AsTask();

    [Fact]
    public async Task What_a_full_disk_does_not_take_is_held_and_written_in_order_when_it_does()
    {
        var fails = true;
        await using var outbox = new UsageOutbox(OutboxSlot.Take(_rig.Directory), sync: false, NullLogger.Instance, path => new FullDisk(path, () => fails));
        var publisher = _rig.Publisher(outbox);
        await publisher.StartAsync(default);
        for (var i = 0; i < UsageOutbox.MaxHeld; i++)
        {
            Assert.False(outbox.IsFull);
            Assert.False(await outbox.AppendAsync(Event(i)).WaitAsync(Limit));
        }

        // From here on new requests are refused; those that run still add their events.
        Assert.True(outbox.IsFull);
        Assert.False(await outbox.AppendAsync(Event(UsageOutbox.MaxHeld)).WaitAsync(Limit));
        Assert.StartsWith("the disk takes no usage events (full, or gone); 65 are held", (await _rig.CheckAsync(outbox, publisher)).Description);
        Assert.Empty(_rig.Published);
        fails = false;
        await Until(() => outbox.Unwritten == 0 && outbox.Waiting == 0);
        Assert.True(await outbox.AppendAsync(Event(UsageOutbox.MaxHeld + 1)).WaitAsync(Limit));
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(Enumerable.Range(0, UsageOutbox.MaxHeld + 2).Select(i => $"req_{i}"), _rig.Published);
        Assert.Equal(HealthStatus.Healthy, (await _rig.CheckAsync(outbox, publisher)).Status);
        Assert.Empty(_rig.Aside);
    }

    [Fact]
    public async Task Events_outlive_a_folder_that_vanishes_and_comes_back()
    {
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox);
        await publisher.StartAsync(default);
        await outbox.AppendAsync(Event(0));
        await Until(() => outbox.Waiting == 0);
        Directory.Delete(_rig.Directory, recursive: true);
        Assert.False(await outbox.AppendAsync(Event(1)).WaitAsync(Limit));
        Assert.False(await outbox.AppendAsync(Event(2)).WaitAsync(Limit));
        Assert.Equal(HealthStatus.Unhealthy, (await _rig.CheckAsync(outbox, publisher)).Status);
        Directory.CreateDirectory(_rig.Directory);
        await Until(() => outbox.Unwritten == 0 && outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(["req_0", "req_1", "req_2"], _rig.Published.Distinct());
    }

    [FactOnSmallDisk]
    public async Task A_disk_that_is_really_full_loses_nothing()
    {
        using var disk = SmallDisk.Mount();
        await using var outbox = new UsageOutbox(OutboxSlot.Take(disk.Path), sync: true, NullLogger.Instance);
        var publisher = _rig.Publisher(outbox);
        var filler = Path.Combine(disk.Path, "filler");
        await Assert.ThrowsAsync<IOException>(() => File.WriteAllBytesAsync(filler, new byte[2 * SmallDisk.Bytes]));
        for (var i = 0; outbox.Unwritten < 20; i++)
            await outbox.AppendAsync(Event(i)).WaitAsync(Limit);
        var appended = 0;
        File.Delete(filler);
        await Until(() => outbox.Unwritten == 0);
        appended = (int)outbox.Waiting;
        await publisher.StartAsync(default);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(Enumerable.Range(0, appended).Select(i => $"req_{i}"), _rig.Published);
    }

    [FactOnUnix]
    [UnsupportedOSPlatform("windows")]
    public async Task Nobody_else_may_read_what_waits()
    {
        _rig.Statuses["req_1"] = 3;
        var parent = Path.Combine(_rig.Directory, "new");
        await using var outbox = new UsageOutbox(OutboxSlot.Take(parent), sync: false, NullLogger.Instance);
        var publisher = _rig.Publisher(outbox, directory: parent);
        await publisher.StartAsync(default);
        for (var i = 0; i < 3; i++)
            await outbox.AppendAsync(Event(i));
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        foreach (var folder in Directory.EnumerateDirectories(parent, "*", SearchOption.AllDirectories).Append(parent))
            Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(folder));
        var files = Directory.EnumerateFiles(parent, "*", SearchOption.AllDirectories).ToList();
        Assert.Equal([".event", ".jsonl", ".published", ""], files.Select(Path.GetExtension).Order(StringComparer.Ordinal).OrderBy(e => e == "" ? 1 : 0));
        Assert.All(files, file => Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_disk_that_fails_for_a_while_does_not_end_publishing()
    {
        await using var outbox = _rig.Outbox();
        await outbox.AppendAsync(Event(1));
        // A directory in place of the mark can be neither read nor written.
        var mark = Directory.CreateDirectory(Path.Combine(outbox.Directory, "00000001.jsonl.published"));
        var log = new FirstLine();
        var publisher = new OutboxPublisher(
            _rig.Dapr, outbox, _rig.Quarantine, new IngressOptions { OutboxDirectory = _rig.Directory }, TimeProvider.System, log);
        await publisher.StartAsync(default);
        await log.Written.WaitAsync(Limit);
        await outbox.AppendAsync(Event(2));
        mark.Delete();
        await Until(() => _rig.Published.Distinct().Count() == 2);
        await publisher.StopAsync(default);
    }

    private sealed class FirstLine : ILogger<OutboxPublisher>
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Written => _written.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _written.TrySetResult();
    }

    /// <summary>A disk that takes half of what it is given and then no more.</summary>
    private sealed class FullDisk(string path, Func<bool> full) : FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(full() ? buffer[..(buffer.Length / 2)] : buffer);
            if (full())
                throw new IOException("No space left on device");
        }
    }
}
