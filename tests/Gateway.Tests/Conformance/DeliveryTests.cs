using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Local.Sidecar.Storage;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Conformance;

/// <summary>How messages are kept in our runtime until they are delivered: what was published together is one row, and comes over memory.</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    private const string Subscriptions = """
        [{"pubsubname":"pubsub","topic":"many","route":"/many","deadLetterTopic":"dead","bulkSubscribe":{"enabled":true,"maxMessagesCount":64}},
         {"pubsubname":"pubsub","topic":"few","route":"/few","deadLetterTopic":"dead","bulkSubscribe":{"enabled":true,"maxMessagesCount":4}},
         {"pubsubname":"pubsub","topic":"single","route":"/single","deadLetterTopic":"dead"},
         {"pubsubname":"pubsub","topic":"dead","route":"/dead"}]
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly OwnRuntime _own = new();
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
    public async Task What_is_published_together_is_one_row_for_each_app_until_all_of_it_is_delivered()
    {
        await PublishAsync("many", 0, 50);
        Assert.Equal((2, 2), (Scalar("SELECT COUNT(*) FROM deliveries"), Scalar("SELECT COUNT(DISTINCT app) FROM deliveries")));
        var seen = Take("/many");
        await _own.AttachAsync("b", _app);
        await UntilAsync(() => seen.Count == 50 && Rows("b") == 0);
        Assert.Equal(Enumerable.Range(0, 50), seen);
    }

    [OwnRuntimeFact]
    public async Task A_crash_between_store_and_delivery_loses_nothing_and_keeps_the_order()
    {
        await PublishAsync("many", 0, 40);
        await PublishAsync("many", 40, 100);
        await _own.StopAsync();
        var seen = Take("/many");
        await _own.StartAsync();
        await _own.AttachAsync("b", _app);
        await UntilAsync(() => seen.Count == 140 && Rows("b") == 0);
        // Two calls may be under way at once.
        Assert.Equal(Enumerable.Range(0, 140), seen.Order());
    }

    [OwnRuntimeFact]
    public async Task What_was_under_way_at_the_end_comes_again()
    {
        var never = new TaskCompletionSource();
        _app.On("/many", context => never.Task.WaitAsync(context.RequestAborted));
        await _own.AttachAsync("b", _app);
        await PublishAsync("many", 0, 30);
        await _app.NextAsync("/many");
        await _own.StopAsync();
        var seen = Take("/many");
        await _own.StartAsync();
        await _own.AttachAsync("b", _app);
        await UntilAsync(() => seen.Count == 30 && Rows("b") == 0);
        Assert.Equal(Enumerable.Range(0, 30), seen);
    }

    [OwnRuntimeFact]
    public async Task Of_a_row_only_what_was_not_taken_comes_again_or_is_dead_lettered_and_each_is_a_row_of_its_own_then()
    {
        var tries = new ConcurrentDictionary<int, int>();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource();
        _app.On("/many", async context =>
        {
            var again = false;
            await AnswerAsync(context, data =>
            {
                var time = tries.AddOrUpdate(data, 1, (_, n) => n + 1);
                again |= time > 1;
                return data is 3 or 7 && time == 1 ? "RETRY" : data == 5 ? "DROP" : "SUCCESS";
            }, () => again ? release.Task : Task.CompletedTask);
            answered.TrySetResult();
        });
        await _own.AttachAsync("b", _app);
        await PublishAsync("many", 0, 20);
        await answered.Task.WaitAsync(Limit);
        Assert.Equal(5, (await _app.NextAsync("/dead")).Json.GetProperty("data").GetInt32());
        await UntilAsync(() => tries[3] == 2 && tries[7] == 2);
        // They are under way for the second time: the row of twenty is gone, and there is one for each of them.
        await UntilAsync(() => Rows("b") == 2);
        Assert.Equal(0, Scalar("SELECT COUNT(*) FROM deliveries WHERE app = 'b' AND ends IS NOT NULL"));
        release.SetResult();
        await UntilAsync(() => Rows("b") == 0);
        Assert.Equal(Enumerable.Range(0, 20), tries.Keys.Order());
        Assert.All(tries, t => Assert.Equal(t.Key is 3 or 7 ? 2 : 1, t.Value));
    }

    [OwnRuntimeFact]
    public async Task What_a_free_subscriber_takes_is_never_written_and_its_publisher_hears_when_it_is_taken()
    {
        var seen = await FreeSubscriberAsync();
        var written = Written();
        await PublishAsync("many", 1, 200);
        Assert.Equal(201, seen.Count);
        Assert.Equal(Enumerable.Range(0, 201), seen.Order());
        Assert.Equal(written, Written());
    }

    [OwnRuntimeFact]
    public async Task What_a_subscriber_takes_long_for_is_on_the_disk_before_its_publisher_hears_and_leaves_it_when_it_is_taken()
    {
        var seen = await FreeSubscriberAsync();
        var release = new TaskCompletionSource();
        _app.On("/many", context => AnswerAsync(context, _ => "SUCCESS", () => release.Task, (_, data) => seen.Enqueue(data)));
        await PublishAsync("many", 1, 20);
        Assert.Equal((21, 1), (seen.Count, Rows("b")));
        // It is under way; who looks for what is due must not find it.
        Assert.Equal(0, Scalar("SELECT COUNT(*) FROM deliveries WHERE due < 1000000000000000"));
        release.SetResult();
        await UntilAsync(() => Rows("b") == 0);
        await PublishAsync("many", 21, 1);
        await UntilAsync(() => seen.Count == 22 && Rows("b") == 0);
        Assert.Equal(Enumerable.Range(0, 22), seen.Order());
    }

    [OwnRuntimeFact]
    public async Task Of_what_a_free_subscriber_gets_only_what_fails_is_written_before_the_publisher_hears()
    {
        await FreeSubscriberAsync();
        var tries = new ConcurrentQueue<int>();
        var release = new TaskCompletionSource();
        _app.On("/many", context =>
        {
            var isAgain = false;
            return AnswerAsync(context, data =>
            {
                isAgain |= tries.Contains(data);
                tries.Enqueue(data);
                return data is 3 or 7 && !isAgain ? "RETRY" : data == 5 ? "DROP" : "SUCCESS";
            }, () => isAgain ? release.Task : Task.CompletedTask);
        });
        var written = Written();
        await PublishAsync("many", 1, 9);
        // Two to come again, one for the dead letters' own subscriber.
        Assert.Equal(written + 3, Written());
        Assert.Equal(5, (await _app.NextAsync("/dead")).Json.GetProperty("data").GetInt32());
        release.SetResult();
        await UntilAsync(() => tries.Count == 11 && Rows("b") == 0);
        Assert.Equal(Enumerable.Range(1, 9).Concat([3, 7]).Order(), tries.Order());
    }

    [OwnRuntimeFact]
    public async Task What_a_subscriber_that_has_gone_does_not_get_is_on_the_disk_and_waits_for_it()
    {
        await FreeSubscriberAsync();
        var address = _app.Address;
        await _app.DisposeAsync();
        await PublishAsync("many", 1, 20);
        Assert.Equal(1, Rows("b"));
        _app = await TestApp.StartAsync(address, subscribe: Subscriptions);
        var seen = Take("/many");
        await UntilAsync(() => seen.Count == 20 && Rows("b") == 0);
        Assert.Equal(Enumerable.Range(1, 20), seen);
    }

    [OwnRuntimeFact]
    public async Task What_is_stopped_under_way_before_it_is_written_is_written_by_then()
    {
        await FreeSubscriberAsync();
        _app.On("/many", context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        var publishing = PublishAsync("many", 1, 20);
        await _app.NextAsync("/many");
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _own.Runtime.DrainAsync(patience.Token));
        await publishing.WaitAsync(Limit);
        Assert.Equal(1, Rows("b"));
        await _own.StopAsync();
        var seen = Take("/many");
        await _own.StartAsync();
        await _own.AttachAsync("b", _app);
        await UntilAsync(() => seen.Count == 20 && Rows("b") == 0);
        Assert.Equal(Enumerable.Range(1, 20), seen);
    }

    [OwnRuntimeFact]
    public async Task A_row_longer_than_a_call_is_brought_by_several_and_goes_with_the_last_of_them()
    {
        var held = new TaskCompletionSource();
        var seen = new ConcurrentQueue<int>();
        _app.On("/few", context =>
        {
            var isFirst = false;
            return AnswerAsync(context, data =>
            {
                seen.Enqueue(data);
                isFirst |= data == 0;
                return data == 9 && seen.Count(d => d == 9) == 1 ? "RETRY" : "SUCCESS";
            }, () => isFirst ? held.Task : Task.CompletedTask);
        });
        await _own.AttachAsync("b", _app);
        await PublishAsync("few", 0, 22);
        // All but the first call's are done, and the one that failed of another has come again; the row is still there for the first.
        await UntilAsync(() => seen.Count == 23);
        await UntilAsync(() => Rows("b") == 1);
        Assert.Equal(1, Scalar("SELECT COUNT(*) FROM deliveries WHERE app = 'b' AND ends IS NOT NULL"));
        held.SetResult();
        await UntilAsync(() => Rows("b") == 0);
        Assert.Equal(Enumerable.Range(0, 22).Append(9).Order(), seen.Order());
    }

    [OwnRuntimeFact]
    public async Task A_subscriber_to_single_events_gets_each_of_a_row_by_itself()
    {
        await _own.AttachAsync("b", _app);
        var failed = new ConcurrentDictionary<int, bool>();
        var seen = new ConcurrentQueue<int>();
        _app.On("/single", context =>
        {
            using var body = JsonDocument.Parse((string)context.Items["body"]!);
            var data = body.RootElement.GetProperty("data").GetInt32();
            seen.Enqueue(data);
            context.Response.StatusCode = data == 2 && failed.TryAdd(data, true) ? 503 : 200;
            return Task.CompletedTask;
        });
        await PublishAsync("single", 0, 30);
        await UntilAsync(() => seen.Count == 31 && Rows("b") == 0);
        Assert.Equal(Enumerable.Range(0, 30).Append(2).Order(), seen.Order());
    }

    [OwnRuntimeFact]
    public async Task What_does_not_fit_into_memory_waits_in_the_table_and_the_order_is_kept()
    {
        const int Bulks = 150;
        var release = new TaskCompletionSource();
        var entries = new ConcurrentDictionary<(long Row, int Index), int>();
        _app.On("/many", context => AnswerAsync(context, _ => "SUCCESS", () => release.Task, (id, data) =>
        {
            var parts = id.Split('-');
            Assert.True(
                entries.TryAdd(
                    (long.Parse(parts[0], CultureInfo.InvariantCulture), parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0), data));
        }));
        await _own.AttachAsync("b", _app);
        for (var i = 0; i < Bulks; i++)
            await PublishAsync("many", i * 64, 64);
        Assert.InRange(entries.Count, 1, 128);
        release.SetResult();
        await UntilAsync(() => entries.Count == Bulks * 64 && Rows("b") == 0);
        // The first went to the free subscriber before they were written: those have numbers above all rows of the table.
        Assert.Equal(Enumerable.Range(0, Bulks * 64), entries.OrderBy(e => e.Key.Row < 1L << 62).ThenBy(e => e.Key).Select(e => e.Value));
        // And from memory again.
        await PublishAsync("many", Bulks * 64, 10);
        await UntilAsync(() => entries.Count == (Bulks * 64) + 10 && Rows("b") == 0);
    }

    [OwnRuntimeFact]
    public async Task Rows_of_the_version_before_are_delivered()
    {
        await PublishAsync("many", 0, 1);
        await _own.StopAsync();
        using (var session = new Session(Path.Combine(_own.DataDirectory, "sidecar.db")))
        {
            session.Execute("ALTER TABLE deliveries DROP COLUMN ends");
            session.Execute("PRAGMA user_version = 1");
        }

        var seen = Take("/many");
        await _own.StartAsync();
        Assert.Equal(3, Scalar("PRAGMA user_version"));
        await PublishAsync("many", 1, 5);
        await _own.AttachAsync("b", _app);
        await UntilAsync(() => seen.Count == 6 && Rows("b") == 0);
        Assert.Equal(Enumerable.Range(0, 6), seen.Order());
    }

    private ConcurrentQueue<int> Take(string path)
    {
        var seen = new ConcurrentQueue<int>();
        _app.On(path, context => AnswerAsync(context, data =>
        {
            seen.Enqueue(data);
            return "SUCCESS";
        }));
        return seen;
    }

    private static async Task AnswerAsync(HttpContext context, Func<int, string> status, Func<Task>? before = null, Action<string, int>? entry = null)
    {
        using var body = JsonDocument.Parse((string)context.Items["body"]!);
        var statuses = new List<string>();
        foreach (var e in body.RootElement.GetProperty("entries").EnumerateArray())
        {
            var (id, data) = (e.GetProperty("entryId").GetString()!, e.GetProperty("event").GetProperty("data").GetInt32());
            entry?.Invoke(id, data);
            statuses.Add($$"""{"entryId":"{{id}}","status":"{{status(data)}}"}""");
        }

        if (before is not null)
            await before().WaitAsync(Limit);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"statuses":[{{string.Join(',', statuses)}}]}""");
    }

    /// <summary>App b has taken message 0 and waits for more; app a wants nothing.</summary>
    private async Task<ConcurrentQueue<int>> FreeSubscriberAsync()
    {
        var seen = Take("/many");
        await using (var other = await TestApp.StartAsync(null))
            await _own.AttachAsync("a", other);
        await _own.AttachAsync("b", _app);
        await PublishAsync("many", 0, 1);
        await UntilAsync(() => seen.Count == 1 && Rows("b") == 0);
        await _app.NextAsync("/many");
        return seen;
    }

    /// <summary>Rows of deliveries since the beginning.</summary>
    private long Written() => Scalar("SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'");

    private async Task PublishAsync(string topic, int first, int count)
    {
        using var response = await _own.A.PostAsync(
            "/v1.0/publish/bulk/pubsub/" + topic, ConformanceTests.Json(BulkPublishTests.Entries(Enumerable.Range(first, count))));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private long Rows(string app) => Scalar($"SELECT COUNT(*) FROM deliveries WHERE app = '{app}'");

    private long Scalar(string sql) => _own.Scalar(sql);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
            await Task.Delay(10, limit.Token);
    }
}
