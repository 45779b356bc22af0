using System.Net;
using Gateway.Local.Sidecar;

namespace Gateway.Tests.Conformance;

/// <summary>What must outlive the process, and how it ends.</summary>
[Trait(ConformanceTests.Daprd, ConformanceTests.Ours)]
public sealed class RestartTests
{
    [OwnRuntimeFact]
    public async Task Undelivered_message_is_delivered_after_a_restart()
    {
        await using var own = new OwnRuntime();
        await using var app = await TestApp.StartAsync(null, subscribe: SidecarPair.SubscriptionsOfB);
        app.Answer("/topic/failing", 503);
        await own.StartAsync();
        await own.AttachAsync("b", app);
        await PublishAsync(own, "failing", "7");
        await app.NextAsync("/topic/failing");
        await own.StopAsync();
        app.Answer("/topic/failing", 200);
        await own.StartAsync();
        await own.AttachAsync("b", app);
        Assert.Equal(7, (await app.NextAsync("/topic/failing")).Json.GetProperty("data").GetInt32());
    }

    [OwnRuntimeFact]
    public async Task Message_published_before_the_subscriber_is_there_waits_for_it()
    {
        await using var own = new OwnRuntime();
        await using var app = await TestApp.StartAsync(null, subscribe: SidecarPair.SubscriptionsOfB);
        await own.StartAsync();
        await PublishAsync(own, "prog", "1");
        await PublishAsync(own, "nobody-listens", "1");
        await own.StopAsync();
        await own.StartAsync();
        await PublishAsync(own, "prog", "2");
        await own.AttachAsync("b", app);
        var both = new[] { await app.NextAsync("/topic/prog"), await app.NextAsync("/topic/prog") };
        Assert.Equal([1, 2], both.Select(d => d.Json.GetProperty("data").GetInt32()).Order());
    }

    [OwnRuntimeFact]
    public async Task Dead_letter_without_a_subscriber_is_kept_until_there_is_one()
    {
        await using var own = new OwnRuntime();
        await using var app = await TestApp.StartAsync(null, subscribe: """[{"pubsubname":"bare","topic":"t","route":"/t","deadLetterTopic":"graveyard"}]""");
        await using var other = await TestApp.StartAsync(null);
        app.Answer("/t", 500);
        await own.StartAsync();
        await own.AttachAsync("a", other);
        await own.AttachAsync("b", app);
        using var published = await own.A.PostAsync("/v1.0/publish/bare/t", ConformanceTests.Json("5"));
        await app.NextAsync("/t");
        await own.Runtime.DrainAsync(CancellationToken.None);
        await own.StopAsync();
        await using var reader = await TestApp.StartAsync(null, subscribe: """[{"pubsubname":"bare","topic":"graveyard","route":"/graveyard"}]""");
        await own.StartAsync();
        await own.AttachAsync("b", reader);
        Assert.Equal(5, (await reader.NextAsync("/graveyard")).Json.GetProperty("data").GetInt32());
    }

    [OwnRuntimeFact]
    public async Task What_was_kept_for_an_app_in_case_it_wants_it_goes_when_it_does_not()
    {
        await using var own = new OwnRuntime();
        await using var app = await TestApp.StartAsync(null, subscribe: SidecarPair.SubscriptionsOfB);
        await own.StartAsync();
        await PublishAsync(own, "nobody-listens", "1");
        Assert.Equal(2, own.Scalar("SELECT COUNT(*) FROM messages"));
        await own.AttachAsync("b", app);
        Assert.Equal(1, own.Scalar("SELECT COUNT(*) FROM messages"));
    }

    [OwnRuntimeFact]
    public async Task Messages_of_an_app_that_is_away_wait_however_long_and_use_up_no_attempt()
    {
        await using var own = new OwnRuntime { AppHealth = new AppHealthCheck { Interval = TimeSpan.FromMilliseconds(50), Threshold = 2 } };
        const string Subscriptions =
            """[{"pubsubname":"bare","topic":"t","route":"/t","deadLetterTopic":"graveyard"},{"pubsubname":"bare","topic":"graveyard","route":"/graveyard"}]""";
        await own.StartAsync();
        Uri address;
        await using (var app = await TestApp.StartAsync(null, subscribe: Subscriptions))
        {
            address = app.Address;
            await own.AttachAsync("b", app);
            await UntilHealthyIsAsync(own, true);
        }

        await UntilHealthyIsAsync(own, false);
        for (var i = 1; i <= 3; i++)
            (await own.A.PostAsync("/v1.0/publish/bare/t", ConformanceTests.Json($"{i}"))).Dispose();
        await using var back = await TestApp.StartAsync(address, subscribe: Subscriptions);
        var all = new[] { await back.NextAsync("/t"), await back.NextAsync("/t"), await back.NextAsync("/t") };
        Assert.Equal([1, 2, 3], all.Select(d => d.Json.GetProperty("data").GetInt32()).Order());
        Assert.True(await back.IsQuietAsync("/graveyard", 0.3));
    }

    [OwnRuntimeFact]
    public async Task Actor_state_and_key_store_outlive_the_process_and_the_actor_is_activated_anew()
    {
        await using var own = new OwnRuntime();
        await using var app = await TestApp.StartAsync(null, SidecarPair.ConfigOfB);
        await own.StartAsync();
        await own.AttachAsync("b", app);
        (await own.B.PutAsync("/v1.0/actors/DemoActor/1/method/hello", null)).Dispose();
        (
            await own.B.PutAsync(
                "/v1.0/actors/DemoActor/1/state", ConformanceTests.Json("""[{"operation":"upsert","request":{"key":"keep","value":42}}]"""))).Dispose();
        (await own.A.PostAsync("/v1.0/state/sqlstore", ConformanceTests.Json("""[{"key":"k","value":"v"}]"""))).Dispose();
        await own.StopAsync();
        await own.StartAsync();
        await own.AttachAsync("b", app);
        using var inactive = await own.B.GetAsync("/v1.0/actors/DemoActor/1/state/keep");
        Assert.Equal(HttpStatusCode.BadRequest, inactive.StatusCode);
        (await own.B.PutAsync("/v1.0/actors/DemoActor/1/method/hello", null)).Dispose();
        Assert.Equal("42", await own.B.GetStringAsync("/v1.0/actors/DemoActor/1/state/keep"));
        Assert.Equal("\"v\"", await own.A.GetStringAsync("/v1.0/state/sqlstore/k"));
    }

    [OwnRuntimeFact]
    public async Task Reminder_that_fell_due_while_nothing_ran_fires_at_the_next_start()
    {
        await using var own = new OwnRuntime();
        await using var app = await TestApp.StartAsync(null, SidecarPair.ConfigOfB);
        await own.StartAsync();
        await own.AttachAsync("b", app);
        using var set = await own.B.PutAsync("/v1.0/actors/DemoActor/1/reminders/r", ConformanceTests.Json("""{"dueTime":"1s","data":"AQI="}"""));
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        await own.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(1.1));
        await own.StartAsync();
        await own.AttachAsync("b", app);
        Assert.Equal("AQI=", (await app.NextAsync("/actors/DemoActor/1/method/remind/r")).Json.GetProperty("data").GetString());
    }

    [OwnRuntimeFact]
    public async Task Drain_waits_for_the_turn_under_way_and_deactivates_the_actor()
    {
        await using var own = new OwnRuntime();
        await using var app = await TestApp.StartAsync(null, SidecarPair.ConfigOfB);
        var release = new TaskCompletionSource();
        app.On("/actors/DemoActor/1/method/slow", _ => release.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        await own.StartAsync();
        await own.AttachAsync("b", app);
        var call = own.B.PutAsync("/v1.0/actors/DemoActor/1/method/slow", null);
        await app.NextAsync("/actors/DemoActor/1/method/slow");
        var drain = own.Runtime.DrainAsync(CancellationToken.None);
        Assert.True(await app.IsQuietAsync("/actors/DemoActor/1", 0.2));
        Assert.False(drain.IsCompleted);
        release.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        await drain.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("DELETE", (await app.NextAsync("/actors/DemoActor/1")).Method);
    }

    [OwnRuntimeFact]
    public async Task Apps_that_hang_do_not_hold_up_the_end_and_their_message_comes_again()
    {
        await using var own = new OwnRuntime();
        await using var app = await TestApp.StartAsync(null, SidecarPair.ConfigOfB, SidecarPair.SubscriptionsOfB);
        var never = new TaskCompletionSource();
        app.On("/topic/prog", context => never.Task.WaitAsync(context.RequestAborted));
        app.On("/actors/DemoActor/1/method/remind/r", context => never.Task.WaitAsync(context.RequestAborted));
        await own.StartAsync();
        await own.AttachAsync("b", app);
        await PublishAsync(own, "prog", "1");
        (await own.B.PutAsync("/v1.0/actors/DemoActor/1/reminders/r", ConformanceTests.Json("{}"))).Dispose();
        await app.NextAsync("/topic/prog");
        await app.NextAsync("/actors/DemoActor/1/method/remind/r");
        using (var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(100)))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => own.Runtime.DrainAsync(limit.Token));
        await own.StopAsync().WaitAsync(TimeSpan.FromSeconds(5));
        await own.StartAsync();
        await own.AttachAsync("b", app);
        await app.NextAsync("/topic/prog");
        await app.NextAsync("/actors/DemoActor/1/method/remind/r");
    }

    [OwnRuntimeFact]
    public async Task Caller_that_leaves_does_not_let_the_next_turn_overlap()
    {
        await using var own = new OwnRuntime();
        await using var app = await TestApp.StartAsync(null, SidecarPair.ConfigOfB);
        var release = new TaskCompletionSource();
        app.On("/actors/DemoActor/1/method/slow", _ => release.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        await own.StartAsync();
        await own.AttachAsync("b", app);
        using var leave = new CancellationTokenSource();
        var left = own.B.PutAsync("/v1.0/actors/DemoActor/1/method/slow", null, leave.Token);
        await app.NextAsync("/actors/DemoActor/1/method/slow");
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        var next = own.B.PutAsync("/v1.0/actors/DemoActor/1/method/next", null);
        Assert.True(await app.IsQuietAsync("/actors/DemoActor/1/method/next", 0.3));
        release.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await next).StatusCode);
    }

    [OwnRuntimeFact]
    public async Task Before_its_app_listens_a_sidecar_is_not_healthy_but_works()
    {
        await using var own = new OwnRuntime();
        await own.StartAsync();
        using var health = await own.A.GetAsync("/v1.0/healthz");
        await ConformanceTests.AssertErrorAsync(health, 500, "ERR_HEALTH_NOT_READY", "dapr is not ready: [runtime]");
        Assert.Equal(HttpStatusCode.NoContent, (await own.A.GetAsync("/v1.0/healthz/outbound")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await own.A.PostAsync("/v1.0/state/sqlstore", ConformanceTests.Json("[]"))).StatusCode);
        await ConformanceTests.AssertErrorAsync(
            await own.A.GetAsync("/v1.0/invoke/a/method/x"), 500, "ERR_DIRECT_INVOKE", "cannot invoke local endpoint: app channel not initialized");
        await using var app = await TestApp.StartAsync(null);
        await own.AttachAsync("a", app);
        Assert.Equal(HttpStatusCode.NoContent, (await own.A.GetAsync("/v1.0/healthz")).StatusCode);
    }

    [OwnRuntimeFact]
    public async Task App_that_no_longer_listens_is_named_with_its_address()
    {
        await using var own = new OwnRuntime();
        var app = await TestApp.StartAsync(null);
        await own.StartAsync();
        await own.AttachAsync("b", app);
        await app.DisposeAsync();
        using var response = await own.A.GetAsync("/v1.0/invoke/b/method/x");
        await ConformanceTests.AssertErrorAsync(
            response, 500, "ERR_DIRECT_INVOKE",
            $"failed to invoke, id: b, err: rpc error: code = Internal desc = error invoking app channel: Get \"{app.Address}x\": dial tcp "
            + $"{app.Address.Authority}: connect: connection refused");
    }

    [OwnRuntimeFact]
    public async Task Api_token_is_asked_for_but_on_the_health_routes()
    {
        await using var own = new OwnRuntime { DaprApiToken = "tok-c" };
        await using var app = await TestApp.StartAsync(null);
        await own.StartAsync();
        await own.AttachAsync("a", app);
        Assert.Equal(HttpStatusCode.NoContent, (await own.A.GetAsync("/v1.0/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await own.A.GetAsync("/v1.0/healthz/outbound")).StatusCode);
        foreach (var path in new[] { "/v1.0/metadata", "/v1.0/invoke/a/method/x", "/x" })
        {
            using var refused = await own.A.SendAsync(
                ConformanceTests.Request(HttpMethod.Get, own.A.BaseAddress!, path, null, ("Authorization", "Bearer tok-c"), ("dapr-app-id", "a")));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal("text/plain; charset=utf-8", refused.Content.Headers.ContentType!.ToString());
            Assert.Equal("nosniff", refused.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("invalid api token\n", await refused.Content.ReadAsStringAsync());
        }

        using var taken = await own.A.SendAsync(
            ConformanceTests.Request(HttpMethod.Get, own.A.BaseAddress!, "/v1.0/invoke/a/method/x", null, ("dapr-api-token", "tok-c")));
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Null((await app.NextAsync("/x")).Header("dapr-api-token"));
    }

    [OwnRuntimeFact]
    public async Task App_token_goes_with_every_call_to_the_app()
    {
        await using var own = new OwnRuntime { AppApiToken = "app-c" };
        await using var app = await TestApp.StartAsync(null, SidecarPair.ConfigOfB, SidecarPair.SubscriptionsOfB);
        await own.StartAsync();
        await own.AttachAsync("b", app);
        (
            await own.A.SendAsync(
                ConformanceTests.Request(HttpMethod.Get, own.A.BaseAddress!, "/v1.0/invoke/b/method/x", null, ("dapr-api-token", "own")))).Dispose();
        (await own.A.PutAsync("/v1.0/actors/DemoActor/1/method/hello", null)).Dispose();
        await PublishAsync(own, "prog", "1");
        foreach (var path in new[] { "/dapr/config", "/dapr/subscribe", "/x", "/actors/DemoActor/1/method/hello", "/topic/prog" })
            Assert.Equal("app-c", (await app.NextAsync(path)).Header("Dapr-Api-Token"));
    }

    [OwnRuntimeFact]
    public async Task Tracing_continues_the_callers_trace_with_a_new_span()
    {
        var components = Directory.CreateTempSubdirectory("components-");
        await File.WriteAllTextAsync(
            Path.Combine(components.FullName, "config.yaml"),
            "apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {name: c}\nspec: {tracing: {samplingRate: \"1\"}}\n");
        await using var own = new OwnRuntime { Components = components.FullName };
        await using var app = await TestApp.StartAsync(null);
        await own.StartAsync();
        await own.AttachAsync("b", app);
        using var response = await own.A.SendAsync(ConformanceTests.Request(
            HttpMethod.Get, own.A.BaseAddress!, "/v1.0/invoke/b/method/x", null, ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")));
        var sent = (await app.NextAsync("/x")).Header("Traceparent")!;
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", sent);
        Assert.DoesNotContain("b7ad6b7169203331", sent);
        Assert.Equal(sent, response.Headers.GetValues("Traceparent").Single());
        components.Delete(recursive: true);
    }

    [OwnRuntimeFact]
    public async Task Data_directory_belongs_to_one_process_at_a_time()
    {
        await using var own = new OwnRuntime();
        await own.StartAsync();
        var error = await Assert.ThrowsAsync<SidecarStartException>(() => SidecarRuntime.StartAsync(
            own.Options, ["a"], TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, CancellationToken.None));
        Assert.Contains(own.DataDirectory, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static async Task UntilHealthyIsAsync(OwnRuntime own, bool isHealthy)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            using var answer = await own.A.GetAsync("/v1.0/invoke/b/method/x", limit.Token);
            var refused = (await answer.Content.ReadAsStringAsync(limit.Token)).Contains("app is not in a healthy state", StringComparison.Ordinal);
            if (refused != isHealthy)
                return;
            await Task.Delay(10, limit.Token);
        }
    }

    private static async Task PublishAsync(OwnRuntime own, string topic, string json)
    {
        using var response = await own.A.PostAsync("/v1.0/publish/pubsub/" + topic, ConformanceTests.Json(json));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }
}
