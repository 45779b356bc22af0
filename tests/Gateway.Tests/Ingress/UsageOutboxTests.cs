using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Outbox;
using static Gateway.Tests.Ingress.OutboxRig;

namespace Gateway.Tests.Ingress;

/// <summary>The outbox against a broker that can be away: order, numbers, memory and what a restart finds.</summary>
public sealed class UsageOutboxTests : IAsyncLifetime
{
    private readonly OutboxRig _rig = new();

    public Task InitializeAsync() => _rig.StartAsync();

    public Task DisposeAsync() => _rig.DisposeAsync().AsTask();

    [Fact]
    public async Task Events_are_published_in_order_and_the_log_is_cleared_by_the_next_start()
    {
        await using (var outbox = _rig.Outbox())
        {
            var publisher = _rig.Publisher(outbox);
            await publisher.StartAsync(default);
            for (var i = 0; i < 200; i++)
                await outbox.AppendAsync(Event(i));
            await Until(() => outbox.Waiting == 0);
            await publisher.StopAsync(default);
        }

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"req_{i}"), _rig.Published);
        await using var next = _rig.Outbox();
        var again = _rig.Publisher(next);
        await again.StartAsync(default);
        await next.AppendAsync(Event(200));
        await Until(() => _rig.Published.Count == 201);
        await again.StopAsync(default);
        Assert.Single(Directory.EnumerateFiles(next.Directory, "*.jsonl"));
    }

    [Fact]
    public async Task Events_are_numbered_by_key_under_a_name_of_each_runs_own()
    {
        string directory;
        await using (var outbox = _rig.Outbox())
        {
            directory = outbox.Directory;
            await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => outbox.AppendAsync(Event(i) with { KeyId = "key_" + (i % 3) }))));
        }

        await using (var next = _rig.Outbox())
            await next.AppendAsync(Event(60) with { KeyId = "key_0" });
        var runs = Directory.EnumerateFiles(directory, "*.jsonl")
            .Order().SelectMany(File.ReadLines).Select(l => UsageJson.Read(Encoding.UTF8.GetBytes(l.Split('\t')[0]))!)
            .GroupBy(e => e.Source!).ToList();
        Assert.Equal([60, 1], runs.Select(r => r.Count()));
        foreach (var ofKey in runs[0].GroupBy(e => e.KeyId))
            Assert.Equal(Enumerable.Range(1, 20).Select(n => (long?)n), ofKey.Select(e => e.Sequence).Order());
        Assert.Equal(1, runs[1].Single().Sequence);
    }

    [Fact]
    public void Numbers_begin_anew_under_another_name_when_there_are_too_many_keys()
    {
        var numbers = new EventNumbers();
        var (first, _) = numbers.Next("key");
        for (var i = 1; i < EventNumbers.MaxKeys; i++)
            Assert.Equal((first, 1), numbers.Next("key_" + i));
        Assert.Equal((first, 2), numbers.Next("key"));
        var (second, number) = numbers.Next("one too many");
        Assert.NotEqual(first, second);
        Assert.Equal(1, number);
        Assert.Equal((second, 1), numbers.Next("key"));
    }

    [Fact]
    public async Task While_the_broker_is_away_events_wait_and_then_all_arrive()
    {
        _rig.Away = true;
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox);
        await publisher.StartAsync(default);
        for (var i = 0; i < 50; i++)
            await outbox.AppendAsync(Event(i)).WaitAsync(Limit);
        Assert.Empty(_rig.Published);
        _rig.Away = false;
        await Until(() => _rig.Published.Distinct().Count() == 50);
        await publisher.StopAsync(default);
    }

    [Fact]
    public async Task Several_are_published_together_in_order_and_again_when_the_call_failed()
    {
        _rig.Failing = 3;
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox, ahead: 8);
        for (var i = 0; i < 20; i++)
            await outbox.AppendAsync(Event(i));
        await publisher.StartAsync(default);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"req_{i}"), _rig.Published);
        // After a bulk that failed the first goes alone until it is taken, and the rest in bulks.
        Assert.Equal([8, 8, 3], _rig.Bulks);
    }

    [Fact]
    public async Task What_stood_behind_one_that_failed_is_sent_again_behind_it()
    {
        _rig.Refused["req_3"] = 2;
        _rig.Refused["req_5"] = 1;
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox, ahead: 64);
        for (var i = 0; i < 10; i++)
            await outbox.AppendAsync(i == 9 ? Event(i) with { KeyId = "key_2" } : Event(i));
        await publisher.StartAsync(default);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal([0, 1, 2, 4, 6, 7, 8, 9, 3, 4, 5, 6, 7, 8], _rig.Published.Select(Number));
    }

    [Fact]
    public async Task Events_of_many_keys_go_in_few_calls_and_those_of_one_key_one_after_the_other()
    {
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox);
        for (var i = 0; i < 100; i++)
            await outbox.AppendAsync(Event(i) with { KeyId = "key_" + (i < 80 ? i % 20 : 0) });
        await publisher.StartAsync(default);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        // The last twenty are of one key.
        Assert.Equal([20, 20, 20, 20], _rig.Bulks);
        Assert.Equal(Enumerable.Range(0, 100), _rig.Published.Select(Number));
    }

    /// <summary>Whatever part of a call fails, and however often: by key, what was taken last of each event has their order.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 3)]
    [InlineData(16, 4)]
    [InlineData(16, 5)]
    public async Task No_event_overtakes_another_one_of_its_key(int ahead, int seed)
    {
        var random = new Random(seed);
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox, ahead);
        var keys = new string[300];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = "key_" + random.Next(8);
            if (random.Next(10) == 0)
                _rig.Refused["req_" + i] = random.Next(1, 4);
            await outbox.AppendAsync(Event(i) with { KeyId = keys[i] });
        }

        _rig.Failing = random.Next(12);
        await publisher.StartAsync(default);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        var taken = _rig.Published.Select(Number).ToList();
        if (ahead == 1)
            Assert.Equal(keys.Length, taken.Count);
        foreach (var key in taken.GroupBy(i => keys[i]))
            Assert.Equal(Enumerable.Range(0, keys.Length).Where(i => keys[i] == key.Key), key.Reverse().Distinct().Reverse());
        Assert.Equal(keys.Length, taken.Distinct().Count());
    }

    private static int Number(string requestId) => int.Parse(requestId["req_".Length..], CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Events_from_memory_and_from_the_file_after_a_restart_are_the_same_to_the_byte(int ahead)
    {
        await using (var outbox = _rig.Outbox())
        {
            var publisher = _rig.Publisher(outbox, ahead);
            await publisher.StartAsync(default);
            await Task.WhenAll(Enumerable.Range(0, 300).Select(i => outbox.AppendAsync(Event(i))));
            await Until(() => outbox.Waiting == 0);
            await publisher.StopAsync(default);
            // Without a publisher, as when the process dies.
            await Task.WhenAll(Enumerable.Range(0, 300).Select(i => outbox.AppendAsync(Event(i))));
        }

        Assert.Equal(300, _rig.Events.Count);
        await using var next = _rig.Outbox();
        var again = _rig.Publisher(next, ahead);
        await again.StartAsync(default);
        await Until(() => !File.Exists(Path.Combine(next.Directory, "00000001.jsonl")));
        await again.StopAsync(default);
        Assert.Equal(600, _rig.Events.Count);
        Assert.Equal(600, _rig.Events.Distinct().Count());
        Assert.Equal(
            _rig.Events.Take(300).Select(WithoutNumber).Order(StringComparer.Ordinal),
            _rig.Events.Skip(300).Select(WithoutNumber).Order(StringComparer.Ordinal));
    }

    /// <summary>The number is the only thing in which two events of one content differ.</summary>
    private static string WithoutNumber(string e) => Regex.Replace(e, "\"sequence\":\\d+,", "");

    [Fact]
    public async Task What_does_not_fit_into_memory_is_read_back_and_all_arrive_once_and_in_order()
    {
        _rig.Away = true;
        await using var outbox = _rig.Outbox();
        var publisher = _rig.Publisher(outbox, ahead: 64);
        await publisher.StartAsync(default);
        // Some 8 MB, and one that is longer than a page of memory.
        var filler = new Dictionary<string, string> { ["filler"] = new string('x', 20_000) };
        for (var i = 0; i < 400; i++)
            await outbox.AppendAsync(Event(i) with { Metadata = i == 7 ? new Dictionary<string, string> { ["filler"] = new string('x', 100_000) } : filler });
        _rig.Away = false;
        await Until(() => outbox.Waiting == 0);
        // Caught up, it is memory's again.
        for (var i = 400; i < 500; i++)
            await outbox.AppendAsync(Event(i));
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"req_{i}"), _rig.Published);
    }

    [Fact]
    public async Task Two_processes_on_one_directory_take_different_slots()
    {
        await using var first = _rig.Outbox();
        await using var second = _rig.Outbox();
        Assert.NotEqual(first.Directory, second.Directory);
    }
}
