using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Gateway.Local.Sidecar;
using Gateway.Local.Sidecar.Resources;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Conformance;

/// <summary>
/// Faults and habits of a daprd that have stopped a ledger, imitated so that they stop one here first. Each with a runtime, components and an
/// app of its own.
/// </summary>
[Trait(ConformanceTests.Daprd, "1.17.13")]
public sealed class DaprdFaultTests : IDisposable
{
    private const string Single = """
        [{"pubsubname":"p","topic":"t","route":"/t","deadLetterTopic":"dead"},
         {"pubsubname":"p","topic":"dead","route":"/dead"}]
        """;

    private const string Bulk = """
        [{"pubsubname":"p","topic":"t","route":"/t","deadLetterTopic":"dead",
          "bulkSubscribe":{"enabled":true,"maxMessagesCount":10,"maxAwaitDurationMs":50}},
         {"pubsubname":"p","topic":"dead","route":"/dead"}]
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly AppHealthCheck Probe = new("/probe") { Interval = TimeSpan.FromMilliseconds(50), Timeout = TimeSpan.FromSeconds(5), Threshold = 2 };

    private readonly DirectoryInfo _components = Directory.CreateTempSubdirectory("components-");
    private readonly ConcurrentQueue<string> _calls = new();

    public void Dispose() => _components.Delete(recursive: true);

    [OwnRuntimeFact]
    public async Task One_event_to_be_tried_again_holds_up_all_others_of_a_bulk_subscription_and_the_dead_letters_of_its_batch()
    {
        await using var own = Runtime();
        // Batches of two, however slowly they are published.
        await using var app = await TestApp.StartAsync(
            null, subscribe: Bulk.Replace("Count\":10", "Count\":2", StringComparison.Ordinal).Replace("Ms\":50", "Ms\":20000", StringComparison.Ordinal));
        AnswerBulk(app, data => data switch { "bad" => "RETRY", "drop" => "DROP", _ => "SUCCESS" });
        await StartAsync(own, app);
        await PublishAsync(own, "bad", "drop");
        await app.NextAsync("/t");
        await PublishAsync(own, "good", "better");
        // Each by a worker of its own, with the end of the batch.
        string[] dead = [await DeadAsync(), await DeadAsync()];
        Assert.Equal(["bad", "drop"], dead.Order(StringComparer.Ordinal));
        await UntilAsync(() => _calls.Contains("good,better"));
        // First and four more tries; only then the next batch.
        Assert.Equal(["bad,drop", "bad", "bad", "bad", "bad", "good,better"], _calls);

        async Task<string> DeadAsync() => (await app.NextAsync("/dead")).Json.GetProperty("data").GetString()!;
    }

    [OwnRuntimeFact]
    public async Task Single_deliveries_of_others_go_on_while_one_is_tried_again()
    {
        await using var own = Runtime();
        await using var app = await TestApp.StartAsync(null, subscribe: Single);
        var good = new TaskCompletionSource();
        app.On("/t", async context =>
        {
            if (((string)context.Items["body"]!).Contains("good", StringComparison.Ordinal))
                good.TrySetResult();
            else
                // Before the others have come this one does not even get its answer.
                await good.Task.WaitAsync(Limit);
            context.Response.StatusCode = ((string)context.Items["body"]!).Contains("bad", StringComparison.Ordinal) ? 500 : 200;
        });
        await StartAsync(own, app);
        await PublishAsync(own, "bad");
        await PublishAsync(own, "good");
        Assert.Equal("bad", (await app.NextAsync("/dead")).Json.GetProperty("data").GetString());
    }

    [OwnRuntimeFact]
    public async Task A_bulk_subscriber_whose_app_turns_unhealthy_holds_its_workers_until_the_sidecar_is_started_again()
    {
        await using var own = Runtime("concurrency: \"2\"", health: Probe);
        await using var app = await TestApp.StartAsync(null, subscribe: Bulk);
        var isGood = true;
        app.On("/probe", context => Status(context, Volatile.Read(ref isGood) ? 200 : 500));
        AnswerBulk(app, _ => "RETRY");
        await StartAsync(own, app);
        await PublishAsync(own, "one", "two");
        await app.NextAsync("/t");
        Volatile.Write(ref isGood, false);
        await UntilAsync(async () => await StatusOfInvocationAsync(own) == HttpStatusCode.InternalServerError);
        AnswerBulk(app, _ => "SUCCESS");
        Volatile.Write(ref isGood, true);
        await UntilAsync(async () => await StatusOfInvocationAsync(own) == HttpStatusCode.OK);
        _calls.Clear();
        await PublishAsync(own, "three");
        await Task.Delay(500);
        Assert.Empty(_calls);

        await own.StopAsync();
        await StartAsync(own, app);
        await UntilAsync(() => Task.FromResult(own.Scalar("SELECT COUNT(*) FROM messages WHERE app = 'b'") == 0));
        Assert.Equal(["one", "three", "two"], _calls.SelectMany(c => c.Split(',')).Order());
    }

    [OwnRuntimeFact]
    public async Task A_single_subscriber_whose_app_turns_unhealthy_goes_on_when_it_is_healthy_again()
    {
        await using var own = Runtime("concurrency: \"2\"", health: Probe);
        await using var app = await TestApp.StartAsync(null, subscribe: Single);
        var isGood = true;
        app.On("/probe", context => Status(context, Volatile.Read(ref isGood) ? 200 : 500));
        await StartAsync(own, app);
        await UntilAsync(async () => await StatusOfInvocationAsync(own) == HttpStatusCode.OK);
        Volatile.Write(ref isGood, false);
        await UntilAsync(async () => await StatusOfInvocationAsync(own) == HttpStatusCode.InternalServerError);
        await PublishAsync(own, "one");
        Assert.True(await app.IsQuietAsync("/t", 0.3));
        Volatile.Write(ref isGood, true);
        Assert.Equal("one", (await app.NextAsync("/t")).Json.GetProperty("data").GetString());
    }

    [OwnRuntimeFact]
    public async Task An_app_is_unhealthy_until_its_first_good_probe_and_until_then_gets_neither_calls_nor_events()
    {
        await using var own = Runtime(health: Probe);
        await using var app = await TestApp.StartAsync(null, subscribe: Single);
        var probed = new TaskCompletionSource();
        app.On("/probe", context => probed.Task.WaitAsync(context.RequestAborted));
        await StartAsync(own, app);
        await PublishAsync(own, "one");
        using var refused = await own.A.GetAsync("/v1.0/invoke/b/method/x");
        await ConformanceTests.AssertErrorAsync(refused, 500, "ERR_DIRECT_INVOKE", "app is not in a healthy state");
        using var health = await own.B.GetAsync("/v1.0/healthz");
        Assert.Equal(HttpStatusCode.NoContent, health.StatusCode);
        Assert.True(await app.IsQuietAsync("/t", 0.2));
        probed.SetResult();
        await app.NextAsync("/t");
        Assert.Equal(HttpStatusCode.OK, await StatusOfInvocationAsync(own));
    }

    [OwnRuntimeFact]
    public async Task What_is_pending_longer_than_the_processing_timeout_comes_again_while_it_is_still_in_hand()
    {
        await using var own = Runtime("processingTimeout: \"200ms\"", "redeliverInterval: \"50\"");
        await using var app = await TestApp.StartAsync(null, subscribe: Single);
        var hang = new TaskCompletionSource();
        app.On("/t", _ => hang.Task.WaitAsync(Limit));
        await StartAsync(own, app);
        await PublishAsync(own, "one");
        var first = await app.NextAsync("/t");
        for (var i = 0; i < 2; i++)
        {
            var copy = await app.NextAsync("/t");
            Assert.Equal(first.Body, copy.Body);
        }

        hang.SetResult();
        await UntilAsync(() => own.Scalar("SELECT COUNT(*) FROM messages WHERE app = 'b'") == 0);
    }

    [OwnRuntimeFact]
    public async Task Drop_of_an_entry_that_was_to_be_tried_again_is_the_end_of_the_sidecar()
    {
        await using var own = Runtime();
        await using var app = await TestApp.StartAsync(null, subscribe: Bulk);
        AnswerBulk(app, _ => _calls.IsEmpty ? "RETRY" : "DROP");
        await StartAsync(own, app);
        await PublishAsync(own, "one");
        Assert.Contains("panic", (await own.Runtime.Panicked.WaitAsync(Limit)).Message);
        await Assert.ThrowsAsync<HttpRequestException>(() => own.B.GetAsync("/v1.0/healthz"));
    }

    [Fact]
    public void An_exponential_policy_ends_after_fifteen_minutes_whatever_its_retries()
    {
        var policy = new RetryPolicy(true, TimeSpan.Zero, TimeSpan.FromSeconds(60), 1_000_000);
        var tried = TimeSpan.Zero;
        for (var tries = 1; policy.NextWait(tries, tried) is { } wait; tries++)
            tried += wait;
        Assert.InRange(tried, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
        Assert.NotNull(new RetryPolicy(false, TimeSpan.FromSeconds(60), TimeSpan.Zero, -1).NextWait(1000, TimeSpan.FromHours(16)));
    }

    [OwnRuntimeFact]
    public async Task Turns_under_way_are_waited_for_four_seconds_whatever_the_app_asks_for()
    {
        await using var own = new OwnRuntime();
        await using var app = await TestApp.StartAsync(null, SidecarPair.ConfigOfB.Replace("\"5s\"", "\"60s\"", StringComparison.Ordinal));
        app.On("/actors/DemoActor/1/method/hang", context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await StartAsync(own, app);
        var call = own.B.PutAsync("/v1.0/actors/DemoActor/1/method/hang", null);
        await app.NextAsync("/actors/DemoActor/1/method/hang");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await own.Runtime.DrainAsync(CancellationToken.None).WaitAsync(Limit);
        Assert.InRange(watch.Elapsed.TotalSeconds, 3.9, 25);
        await own.StopAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => call);
    }

    private static async Task StartAsync(OwnRuntime own, TestApp app)
    {
        await own.StartAsync();
        await own.AttachAsync("b", app);
    }

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static async Task<HttpStatusCode> StatusOfInvocationAsync(OwnRuntime own)
    {
        using var answer = await own.A.GetAsync("/v1.0/invoke/b/method/x");
        return answer.StatusCode;
    }

    private void AnswerBulk(TestApp app, Func<string, string> status) => app.On("/t", async context =>
    {
        using var body = JsonDocument.Parse((string)context.Items["body"]!);
        var entries = body.RootElement.GetProperty("entries").EnumerateArray()
            .Select(e => (Id: e.GetProperty("entryId").GetString(), Data: e.GetProperty("event").GetProperty("data").GetString()!)).ToList();
        var statuses = entries.Select(e => $$"""{"entryId":"{{e.Id}}","status":"{{status(e.Data)}}"}""").ToList();
        _calls.Enqueue(string.Join(',', entries.Select(e => e.Data)));
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"statuses":[{{string.Join(',', statuses)}}]}""");
    });

    private static async Task PublishAsync(OwnRuntime own, params string[] data)
    {
        var entries = data.Select(d => $$"""{"entryId":"{{d}}","event":"{{d}}","contentType":"application/json"}""");
        using var response = await own.A.PostAsync("/v1.0/publish/bulk/p/t", ConformanceTests.Json($"[{string.Join(',', entries)}]"));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
            await Task.Delay(10, limit.Token);
    }

    private OwnRuntime Runtime(string metadata = "", string more = "", AppHealthCheck? health = null)
    {
        var settings = new[] { metadata, more }.Where(m => m.Length > 0).Select(m => m.Split(": "))
            .Select(m => $"    - name: {m[0]}\n      value: {m[1]}\n");
        File.WriteAllText(
            Path.Combine(_components.FullName, "p.yaml"),
            $"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {"{name: p}"}
            spec:
              type: pubsub.redis
              version: v1
              metadata:
                - name: redisHost
                  value: localhost:6379
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: {"{name: r}"}
            spec:
              policies:
                retries:
                  quick: {"{policy: constant, duration: 100ms, maxRetries: 4}"}
              targets:
                components:
                  p: {"{inbound: {retry: quick}}"}

            """.Replace("      value: localhost:6379\n", "      value: localhost:6379\n" + string.Concat(settings), StringComparison.Ordinal));
        return new OwnRuntime { Components = _components.FullName, AppHealth = health };
    }
}
