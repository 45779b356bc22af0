using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Gateway.Local.Sidecar.Storage;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Conformance;

/// <summary>How messages are kept in our runtime until they are delivered: a row each, handed over from memory, removed when they are done with.</summary>
[Trait(ConformanceTests.Daprd, ConformanceTests.Ours)]
public sealed class DeliveryTests : IAsyncLifetime
{
    private const string Subscriptions = """
        [{"pubsubname":"pubsub","topic":"many","route":"/many","deadLetterTopic":"dead",
          "bulkSubscribe":{"enabled":true,"maxMessagesCount":64,"maxAwaitDurationMs":100}},
         {"pubsubname":"pubsub","topic":"single","route":"/single","deadLetterTopic":"dead"},
         {"pubsubname":"pubsub","topic":"dead","route":"/dead"}]
        """;

    /// <summary>So many deliveries of one component may be under way, as the resources say nothing else.</summary>
    private const int Concurrency = 10;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly OwnRuntime _own = new();
    private readonly ConcurrentQueue<int> _seen = new();
    private TestApp _app = null!;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(null, subscribe: Subscriptions);
        await _own.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _own.DisposeAsync();
        await _app.DisposeAsync();
    }

    [OwnRuntimeFact]
    public async Task What_is_published_before_an_app_is_there_is_kept_for_it()
    {
        await PublishAsync("single", 0, 50);
        Assert.Equal((50, 50), (Rows("a"), Rows("b")));
        Take("/single");
        await _own.AttachAsync("b", _app);
        await UntilTakenAsync(50);
    }

    [OwnRuntimeFact]
    public async Task A_crash_between_store_and_delivery_loses_nothing()
    {
        await PublishAsync("single", 0, 40);
        await PublishAsync("single", 40, 100);
        await RestartAsync();
        Take("/single");
        await _own.AttachAsync("b", _app);
        await UntilTakenAsync(140);
    }

    [OwnRuntimeFact]
    public async Task What_was_under_way_at_the_end_comes_again()
    {
        _app.On("/single", context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await _own.AttachAsync("b", _app);
        await PublishAsync("single", 0, 30);
        await _app.NextAsync("/single");
        await RestartAsync();
        Take("/single");
        await _own.AttachAsync("b", _app);
        await UntilTakenAsync(30);
    }

    [OwnRuntimeFact]
    public async Task No_more_are_under_way_at_once_than_the_component_says()
    {
        var release = new TaskCompletionSource();
        var (now, most) = (0, 0);
        _app.On("/single", async _ =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref now));
            await release.Task.WaitAsync(Limit);
            Interlocked.Decrement(ref now);
        });
        await _own.AttachAsync("b", _app);
        await PublishAsync("single", 0, 40);
        await UntilAsync(() => Volatile.Read(ref now) == Concurrency);
        release.SetResult();
        await UntilAsync(() => Rows("b") == 0);
        Assert.Equal(Concurrency, most);
    }

    [OwnRuntimeFact]
    public async Task Of_a_batch_only_what_was_not_taken_comes_again_or_is_dead_lettered()
    {
        var tries = new ConcurrentDictionary<int, int>();
        _app.On("/many", context => AnswerAsync(context, data =>
            (data, tries.AddOrUpdate(data, 1, (_, n) => n + 1)) switch { (3 or 7, 1) => "RETRY", (5, _) => "DROP", _ => "SUCCESS" }));
        await _own.AttachAsync("b", _app);
        await PublishAsync("many", 0, 20);
        Assert.Equal(5, (await _app.NextAsync("/dead")).Json.GetProperty("data").GetInt32());
        await UntilAsync(() => Rows("b") == 0);
        Assert.Equal(Enumerable.Range(0, 20), tries.Keys.Order());
        Assert.All(tries, t => Assert.Equal(t.Key is 3 or 7 ? 2 : 1, t.Value));
    }

    [OwnRuntimeFact]
    public async Task What_fails_once_comes_again_and_the_others_do_not()
    {
        Take("/single", data => data == 2 && !_seen.Contains(2) ? 503 : 200);
        await _own.AttachAsync("b", _app);
        await PublishAsync("single", 0, 30);
        await UntilAsync(() => _seen.Count == 31 && Rows("b") == 0);
        Assert.Equal(Enumerable.Range(0, 30).Append(2).Order(), _seen.Order());
    }

    [OwnRuntimeFact]
    public async Task What_does_not_fit_into_memory_waits_in_the_table()
    {
        const int Count = 6000;
        var release = new TaskCompletionSource();
        Take("/single", before: () => release.Task);
        await _own.AttachAsync("b", _app);
        for (var i = 0; i < Count; i += 500)
            await PublishAsync("single", i, 500);
        Assert.Equal(Count, Rows("b"));
        release.SetResult();
        await UntilTakenAsync(Count);
        // And from memory again.
        await PublishAsync("single", Count, 10);
        await UntilTakenAsync(Count + 10);
    }

    [OwnRuntimeFact]
    public async Task What_was_delivered_is_removed_many_at_a_time_and_is_gone_after_a_drain()
    {
        Take("/single");
        await _own.AttachAsync("b", _app);
        await PublishAsync("single", 0, 200);
        await UntilAsync(() => _seen.Count == 200);
        await _own.Runtime.DrainAsync(CancellationToken.None).WaitAsync(Limit);
        Assert.Equal(0, Rows("b"));
    }

    [OwnRuntimeFact]
    public async Task An_app_that_comes_a_second_time_gets_what_was_under_way_again_and_the_rest_once()
    {
        var hang = new TaskCompletionSource();
        await using var first = await TestApp.StartAsync(null, subscribe: Subscriptions);
        first.On("/single", context => hang.Task.WaitAsync(context.RequestAborted));
        await _own.AttachAsync("b", first);
        await PublishAsync("single", 0, 100);
        await first.NextAsync("/single");
        Take("/single");
        await _own.AttachAsync("b", _app);
        await PublishAsync("single", 100, 100);
        await UntilAsync(() => Rows("b") == 0);
        // The first ten were in the hands of the one that has gone; each of the others has come to one of the two, once.
        Assert.Equal(Enumerable.Range(0, 200), _seen.Distinct().Order());
        Assert.Equal(Enumerable.Range(100, 100), _seen.Where(data => data >= 100).Order());
    }

    [OwnRuntimeTheory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Rows_of_the_versions_before_are_delivered(int version)
    {
        await _own.StopAsync();
        using (var session = new Session(Path.Combine(_own.DataDirectory, "sidecar.db")))
        {
            session.Script($"""
                DROP TABLE messages;
                CREATE TABLE deliveries (
                    id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT NOT NULL, pubsub TEXT NOT NULL, topic TEXT NOT NULL,
                    body BLOB NOT NULL, raw INTEGER NOT NULL, metadata TEXT NOT NULL, traceparent TEXT NOT NULL,
                    attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, expires INTEGER{(version == 3 ? ", ends BLOB" : "")});
                INSERT INTO deliveries (app, pubsub, topic, body, raw, metadata, traceparent, due)
                    VALUES ('b', 'pubsub', 'single', CAST('{Event(0)}' AS BLOB), 0, '{"{}"}', '', 99);
                PRAGMA user_version = {version};
                """);
            if (version == 3)
            {
                session.Execute(
                    "INSERT INTO deliveries (app, pubsub, topic, body, raw, metadata, traceparent, ends) VALUES ('b', 'pubsub', 'single', $1, 0, '{}', '', $2)",
                    System.Text.Encoding.UTF8.GetBytes(Event(1) + Event(2)),
                    new byte[] { (byte)Event(1).Length, 0, 0, 0, (byte)(2 * Event(1).Length), 0, 0, 0 });
            }
        }

        await _own.StartAsync();
        Assert.Equal(4, _own.Scalar("PRAGMA user_version"));
        Take("/single");
        await PublishAsync("single", version, 5);
        await _own.AttachAsync("b", _app);
        await UntilTakenAsync(version + 5);

        static string Event(int data) => $$"""{"data":{{data}},"id":"i","topic":"single"}""";
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }

    private void Take(string path, Func<int, int>? status = null, Func<Task>? before = null) => _app.On(path, async context =>
    {
        using var body = JsonDocument.Parse((string)context.Items["body"]!);
        var data = body.RootElement.GetProperty("data").GetInt32();
        if (before is not null)
            await before().WaitAsync(Limit);
        context.Response.StatusCode = status?.Invoke(data) ?? 200;
        _seen.Enqueue(data);
    });

    private static async Task AnswerAsync(HttpContext context, Func<int, string> status)
    {
        using var body = JsonDocument.Parse((string)context.Items["body"]!);
        var statuses = body.RootElement.GetProperty("entries").EnumerateArray().Select(e =>
            $$"""{"entryId":"{{e.GetProperty("entryId").GetString()}}","status":"{{status(e.GetProperty("event").GetProperty("data").GetInt32())}}"}""");
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"statuses":[{{string.Join(',', statuses)}}]}""");
    }

    private async Task RestartAsync()
    {
        await _own.StopAsync();
        await _own.StartAsync();
    }

    private async Task PublishAsync(string topic, int first, int count)
    {
        using var response = await _own.A.PostAsync(
            "/v1.0/publish/bulk/pubsub/" + topic, ConformanceTests.Json(BulkPublishTests.Entries(Enumerable.Range(first, count))));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private long Rows(string app) => _own.Scalar($"SELECT COUNT(*) FROM messages WHERE app = '{app}'");

    /// <summary>All from 0 up, each once, and nothing is left of them.</summary>
    private async Task UntilTakenAsync(int count)
    {
        await UntilAsync(() => _seen.Count >= count && Rows("b") == 0);
        Assert.Equal(Enumerable.Range(0, count), _seen.Order());
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
            await Task.Delay(10, limit.Token);
    }
}
