using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Conformance;

/// <summary>Topics whose broker has a bulk of its own: what is published together is taken together, and stored only where it is not.</summary>
[Trait(ConformanceTests.Daprd, ConformanceTests.Ours)]
public sealed class AtOnceTests : IAsyncLifetime
{
    private const string Subscriptions = """
        [{"pubsubname":"pubsub","topic":"single","route":"/single","deadLetterTopic":"dead"},
         {"pubsubname":"pubsub","topic":"orders","route":"/orders"},{"pubsubname":"pubsub","topic":"dead","route":"/dead"}]
        """;

    private readonly OwnRuntime _own = new() { AtOnce = ["single"] };
    private readonly ConcurrentQueue<(int Data, bool InBulk)> _seen = new();
    private TestApp _app = null!;

    /// <summary>While the app was at work.</summary>
    private long _mostRows;

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
    public async Task What_is_published_together_comes_in_one_call_and_is_stored_nowhere()
    {
        Take(_ => "SUCCESS");
        await AttachAsync();
        await PublishAsync("single", 0, 30);
        // Its publisher hears when it is taken.
        Assert.Equal(Enumerable.Range(0, 30).Select(i => (i, true)), _seen);
        Assert.Equal(0, _mostRows);
        var call = (await _app.NextAsync("/single")).Json;
        Assert.Equal(("single", "pubsub", 30), (
            call.GetProperty("topic").GetString(), call.GetProperty("pubsubname").GetString(), call.GetProperty("entries").GetArrayLength()));
        Assert.True(await _app.IsQuietAsync("/single", 0));
    }

    [OwnRuntimeFact]
    public async Task Other_topics_are_stored_and_come_one_by_one()
    {
        Take(_ => "SUCCESS");
        await AttachAsync();
        await PublishAsync("orders", 0, 5);
        await UntilAsync(() => _seen.Count == 5 && Rows() == 0);
        Assert.All(_seen, seen => Assert.False(seen.InBulk));
        Assert.InRange(_mostRows, 1, 5);
    }

    [OwnRuntimeFact]
    public async Task What_is_not_taken_is_stored_and_tried_again_by_itself()
    {
        Take(data => (data, _seen.Count(s => s.Data == data)) switch { (3 or 7, 1) => "RETRY", (5, _) => "DROP", _ => "SUCCESS" });
        await AttachAsync();
        await PublishAsync("single", 0, 20);
        Assert.Equal(5, (await _app.NextAsync("/dead")).Json.GetProperty("data").GetInt32());
        await UntilAsync(() => Rows() == 0);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (i, true)), _seen.Take(20));
        Assert.Equal([(3, false), (5, false), (7, false)], _seen.Skip(20).Order());
    }

    [OwnRuntimeFact]
    public async Task An_app_that_fails_or_answers_nonsense_loses_nothing()
    {
        var status = 503;
        _app.On("/single", async context =>
        {
            foreach (var data in Data(context))
                _seen.Enqueue(data);
            context.Response.StatusCode = status;
            await context.Response.WriteAsync("[");
        });
        await AttachAsync();
        await PublishAsync("single", 0, 10);
        Assert.Equal(10, Rows());
        status = 200;
        await UntilAsync(() => Rows() == 0);
        Assert.Equal(Enumerable.Range(0, 10), _seen.Select(s => s.Data).Distinct().Order());
    }

    [OwnRuntimeFact]
    public async Task What_waits_from_before_comes_first_and_an_app_that_is_not_there_finds_it_all()
    {
        await PublishAsync("single", 0, 10);
        Assert.Equal(10, Rows());
        Take(_ => "SUCCESS");
        await AttachAsync();
        await PublishAsync("single", 10, 10);
        await UntilAsync(() => Rows() == 0 && _seen.Count == 20);
        Assert.Equal(Enumerable.Range(0, 20), _seen.Select(s => s.Data).Order());
    }

    [OwnRuntimeFact]
    public async Task The_publisher_of_what_an_app_is_slow_to_take_waits_for_its_storing_alone()
    {
        var (calls, first) = (0, new TaskCompletionSource());
        _app.On("/single", async context =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                first.SetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }

            foreach (var data in Data(context))
                _seen.Enqueue(data);
        });
        await AttachAsync();
        await PublishAsync("single", 0, 3);
        await first.Task;
        await UntilAsync(() => _seen.Count == 3 && Rows() == 0);
        Assert.Equal([(0, false), (1, false), (2, false)], _seen.Order());
    }

    private static IEnumerable<(int Data, bool InBulk)> Data(HttpContext context)
    {
        using var body = JsonDocument.Parse((string)context.Items["body"]!);
        return body.RootElement.TryGetProperty("entries", out var entries)
            ? [.. entries.EnumerateArray().Select(e => (e.GetProperty("event").GetProperty("data").GetInt32(), true))]
            : [(body.RootElement.GetProperty("data").GetInt32(), false)];
    }

    /// <summary>Says of each what became of it.</summary>
    private void Take(Func<int, string> status)
    {
        _app.On("/orders", AnswerAsync);
        _app.On("/single", AnswerAsync);

        async Task AnswerAsync(HttpContext context)
        {
            _mostRows = Math.Max(_mostRows, Rows());
            var statuses = new List<string>();
            var data = Data(context).ToList();
            foreach (var one in data)
            {
                _seen.Enqueue(one);
                statuses.Add(status(one.Data));
            }

            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(data[0].InBulk
                ? $$"""{"statuses":[{{string.Join(',', statuses.Select((s, i) => $$"""{"entryId":"{{i + 1}}","status":"{{s}}"}"""))}}]}"""
                : $$"""{"status":"{{statuses[0]}}"}""");
        }
    }

    /// <summary>And waits until the table has been looked through for what was published before.</summary>
    private async Task AttachAsync()
    {
        await _own.AttachAsync("b", _app);
        // One inbox has all its topics: what came through it by itself says that it has looked at what waited from before.
        await PublishAsync("dead", 0, 1);
        await _app.NextAsync("/dead");
        await UntilAsync(() => Rows() == 0);
    }

    private long Rows() => _own.Scalar("SELECT COUNT(*) FROM messages WHERE app = 'b'");

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
            await Task.Delay(10, limit.Token);
    }

    private async Task PublishAsync(string topic, int first, int count)
    {
        using var content = new StringContent(
            BulkPublishTests.Entries(Enumerable.Range(first, count)), System.Text.Encoding.UTF8, "application/json");
        using var response = await _own.A.PostAsync(new Uri($"/v1.0/publish/bulk/pubsub/{topic}", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }
}
