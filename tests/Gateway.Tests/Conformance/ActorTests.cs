using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Conformance;

[Trait(ConformanceTests.Daprd, "1.17.13")]
public sealed class ActorTests(SharedSidecarPair shared) : ConformanceTests(shared)
{
    private readonly string _id = Unique("i");

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("GET")]
    [InlineData("DELETE")]
    public async Task Every_call_reaches_the_app_as_put(string verb)
    {
        using var response = await A.SendAsync(
            Request(
                new HttpMethod(verb), A.BaseAddress!, $"//v1.0/actors/DemoActor/{_id}/method/hello?q=1",
                verb is "GET" or "DELETE" ? null : Json("{}"), ("Authorization", "Bearer t")));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotNull(response.Content.Headers.ContentLength);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        var seen = await ReadJsonAsync(response);
        Assert.Equal("PUT", seen.GetProperty("method").GetString());
        Assert.Equal($"/actors/DemoActor/{_id}/method/hello?q=1", seen.GetProperty("target").GetString());
        var headers = seen.GetProperty("headers");
        Assert.Equal("Bearer t", headers.GetProperty("Authorization").GetString());
        Assert.True(headers.TryGetProperty("Dapr-Reentrancy-Id", out _));
        Assert.Equal("true", headers.GetProperty("X-Dapr-Remote").GetString());
    }

    [Fact]
    public async Task Error_of_the_app_becomes_an_error_of_the_call()
    {
        Pair.AppB.Answer($"/actors/DemoActor/{_id}/method/fail", 500, """{"e":1}""");
        Pair.AppB.Answer($"/actors/DemoActor/{_id}/method/e404", 404);
        await AssertErrorAsync(
            await CallAsync(B, "fail"), 500, "ERR_ACTOR_INVOKE_METHOD", "error invoke actor method: error from actor service: (500) {\"e\":1}");
        await AssertErrorAsync(
            await CallAsync(A, "fail"), 500, "ERR_ACTOR_INVOKE_METHOD",
            "error invoke actor method: rpc error: code = Internal desc = error invoke actor method: error from actor service: (500) {\"e\":1}");
        await AssertErrorAsync(
            await CallAsync(B, "e404"), 500, "ERR_ACTOR_INVOKE_METHOD",
            $"error invoke actor method: actor method not found: actors/DemoActor/{_id}/method/e404");
    }

    [Fact]
    public async Task Remote_exception_header_passes_as_success()
    {
        Pair.AppB.On($"/actors/DemoActor/{_id}/method/throws", context =>
        {
            context.Response.Headers["X-DaprErrorResponseHeader"] = "true";
            return context.Response.WriteAsync("details");
        });
        using var response = await CallAsync(A, "throws");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("true", response.Headers.GetValues("X-DaprErrorResponseHeader").Single());
        Assert.Equal("details", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Unknown_type_has_no_address()
    {
        var clock = Stopwatch.StartNew();
        using var response = await A.PostAsync("/v1.0/actors/Nope/1/method/x", null);
        await AssertErrorAsync(response, 500, "ERR_ACTOR_INVOKE_METHOD", "did not find address for actor 'Nope/1'");
        Assert.InRange(clock.Elapsed.TotalSeconds, 3, 15);
    }

    [Fact]
    public async Task Calls_to_one_actor_take_turns_and_others_do_not_wait()
    {
        var inside = 0;
        var most = 0;
        Pair.AppB.On($"/actors/DemoActor/{_id}/method/slow", async _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Delay(50);
            Interlocked.Decrement(ref inside);
        });
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => CallAsync(i % 2 == 0 ? A : B, "slow")));
        Assert.Equal(1, most);

        var release = new TaskCompletionSource();
        var blocked = new TaskCompletionSource();
        Pair.AppB.On($"/actors/DemoActor/{_id}/method/block", _ =>
        {
            blocked.SetResult();
            return release.Task.WaitAsync(TimeSpan.FromSeconds(20));
        });
        var waiting = CallAsync(A, "block");
        await blocked.Task.WaitAsync(TimeSpan.FromSeconds(10));
        using var other = await A.PostAsync($"/v1.0/actors/DemoActor/{_id}x/method/hello", null).WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        release.SetResult();
        (await waiting).Dispose();
    }

    [Fact]
    public async Task Actor_may_call_back_into_itself_with_its_reentrancy_id()
    {
        Pair.AppB.On($"/actors/DemoActor/{_id}/method/outer", async context =>
        {
            var id = context.Request.Headers["Dapr-Reentrancy-Id"].ToString();
            using var inner = await B.SendAsync(
                Request(HttpMethod.Put, B.BaseAddress!, $"/v1.0/actors/DemoActor/{_id}/method/inner", null, ("Dapr-Reentrancy-Id", id)));
            context.Response.StatusCode = (int)inner.StatusCode;
        });
        using var response = await CallAsync(B, "outer").WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task State_is_saved_in_one_transaction_and_read_back_raw()
    {
        (await CallAsync(B, "hello")).Dispose();
        var state = $"/v1.0/actors/DemoActor/{_id}/state";
        // The SDK says text/plain.
        using var saved = await B.PutAsync(
            state,
            new StringContent("""[{"operation":"upsert","request":{"key":"n","value":{"x":1}}},{"operation":"upsert","request":{"key":"gone","value":1}}]"""));
        Assert.Equal(HttpStatusCode.NoContent, saved.StatusCode);
        using var changed = await B.PostAsync(
            state, Json("""[{"operation":"delete","request":{"key":"gone"}},{"operation":"upsert","request":{"key":"m","value":2}}]"""));
        Assert.Equal(HttpStatusCode.NoContent, changed.StatusCode);
        using var read = await GetAsync(B, state + "/n");
        Assert.Equal("""{"x":1}""", await read.Content.ReadAsStringAsync());
        using var absent = await GetAsync(B, state + "/gone");
        Assert.Equal(HttpStatusCode.NoContent, absent.StatusCode);
    }

    [Fact]
    public async Task Bad_state_operation_changes_nothing()
    {
        (await CallAsync(B, "hello")).Dispose();
        var state = $"/v1.0/actors/DemoActor/{_id}/state";
        using var bad = await B.PostAsync(
            state, Json("""[{"operation":"upsert","request":{"key":"k","value":1}},{"operation":"nonsense","request":{"key":"k"}}]"""));
        await AssertErrorAsync(bad, 500, "ERR_ACTOR_STATE_TRANSACTION_SAVE", "");
        using var ttl = await B.PostAsync(state, Json("""[{"operation":"upsert","request":{"key":"k","value":1,"metadata":{"ttlInSeconds":"5"}}}]"""));
        await AssertErrorAsync(ttl, 500, "ERR_ACTOR_STATE_TRANSACTION_SAVE", "");
        using var read = await GetAsync(B, state + "/k");
        Assert.Equal(HttpStatusCode.NoContent, read.StatusCode);
    }

    [OwnRuntimeFact]
    public async Task A_transaction_that_is_no_list_of_operations_is_refused_and_one_in_an_odd_spelling_is_not()
    {
        (await CallAsync(B, "hello")).Dispose();
        var state = $"/v1.0/actors/DemoActor/{_id}/state";
        foreach (var body in new[]
                 {
                     "", "{}", "[", "[1]", "[{}]", "[null]", """[{"operation":"upsert"}]""",
                     """[{"operation":"upsert","request":{"value":1}}]""", """[{"operation":1,"request":{"key":"k"}}]""", "[] []",
                 })
        {
            using var refused = await B.PostAsync(state, Json(body));
            await AssertErrorAsync(refused, 400, "ERR_MALFORMED_REQUEST", "");
        }

        using var taken = await B.PostAsync(state, Json("""
             [ { "other" : {"x":[]}, "request" : { "etag" : "1", "metadata" : {"a":"b"}, "value" : [ 1, "\u00e9" ] , "key" : "odd" } , "operation" : "upsert" },
               {"request":{"key":"nothing"},"operation":"upsert"} ]
            """));
        Assert.Equal(HttpStatusCode.NoContent, taken.StatusCode);
        using var read = await GetAsync(B, state + "/odd");
        Assert.Equal("""[ 1, "\u00e9" ]""", await read.Content.ReadAsStringAsync());
        using var nothing = await GetAsync(B, state + "/nothing");
        Assert.Equal("null", await nothing.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task State_of_an_actor_that_is_not_active_is_refused()
    {
        using var response = await B.PostAsync($"/v1.0/actors/DemoActor/{_id}/state", Json("""[{"operation":"upsert","request":{"key":"n","value":5}}]"""));
        await AssertErrorAsync(response, 400, "ERR_ACTOR_INSTANCE_MISSING", "actor instance is missing");
    }

    [Fact]
    public async Task Idle_actor_is_deactivated_and_active_again_with_the_next_call()
    {
        using var first = await CallAsync(B, "hello");
        var called = DateTimeOffset.UtcNow;
        var ended = await Pair.AppB.NextAsync($"/actors/DemoActor/{_id}");
        Assert.Equal("DELETE", ended.Method);
        Assert.Equal("", ended.Body);
        Assert.InRange((ended.At - called).TotalSeconds, 1.5, 8);
        // The app sees the end a little before the sidecar has it confirmed.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while ((await B.PostAsync($"/v1.0/actors/DemoActor/{_id}/state", Json("[]"), patience.Token)).StatusCode != HttpStatusCode.BadRequest)
            await Task.Delay(20, patience.Token);
        using var again = await CallAsync(B, "hello");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Reminder_fires_with_its_period_until_it_is_deleted()
    {
        var reminder = $"/v1.0/actors/DemoActor/{_id}/reminders/rem1";
        var start = DateTimeOffset.UtcNow;
        using var set = await B.PostAsync(reminder, Json("""{"dueTime":"500ms","period":"1s","data":{"hello":"w"}}"""));
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        using var read = await GetAsync(B, reminder);
        var json = await ReadJsonAsync(read);
        Assert.Equal(_id, json.GetProperty("actorID").GetString());
        Assert.Equal("DemoActor", json.GetProperty("actorType").GetString());
        Assert.Equal("500ms", json.GetProperty("dueTime").GetString());
        Assert.Equal("@every 1s", json.GetProperty("period").GetString());
        var path = $"/actors/DemoActor/{_id}/method/remind/rem1";
        var first = await Pair.AppB.NextAsync(path);
        Assert.Equal("PUT", first.Method);
        Assert.Equal("""{"hello":"w"}""", first.Json.GetProperty("data").GetRawText());
        Assert.Equal("", first.Json.GetProperty("dueTime").GetString());
        Assert.Equal("", first.Json.GetProperty("period").GetString());
        Assert.InRange((first.At - start).TotalMilliseconds, 400, 3000);
        var second = await Pair.AppB.NextAsync(path);
        Assert.InRange((second.At - first.At).TotalMilliseconds, 400, 3000);
        Assert.Equal(HttpStatusCode.NoContent, (await B.DeleteAsync(reminder)).StatusCode);
        Assert.True(await Pair.AppB.IsQuietAsync(path, 1.3));
        await AssertErrorAsync(await GetAsync(B, reminder), 404, "ERR_ACTOR_REMINDER_NOT_FOUND", "");
        Assert.Equal(HttpStatusCode.NoContent, (await B.DeleteAsync(reminder)).StatusCode);
    }

    [Fact]
    public async Task Reminder_counts_its_repetitions_and_takes_the_sdks_format()
    {
        using var repeated = await B.PutAsync(
            $"/v1.0/actors/DemoActor/{_id}/reminders/r3", Json("""{"dueTime":"0h0m0s100ms","period":"R3/PT1S","data":"AQI="}"""));
        Assert.Equal(HttpStatusCode.NoContent, repeated.StatusCode);
        using var once = await B.PutAsync($"/v1.0/actors/DemoActor/{_id}/reminders/once", Json("""{"dueTime":"0h0m0s100ms","period":"","data":""}"""));
        Assert.Equal(HttpStatusCode.NoContent, once.StatusCode);
        var path = $"/actors/DemoActor/{_id}/method/remind/";
        await Pair.AppB.NextAsync(path + "once");
        for (var i = 0; i < 3; i++)
            Assert.Equal("AQI=", (await Pair.AppB.NextAsync(path + "r3")).Json.GetProperty("data").GetString());
        Assert.True(await Pair.AppB.IsQuietAsync(path + "r3", 1.3));
        Assert.True(await Pair.AppB.IsQuietAsync(path + "once", 0.1));
    }

    [Fact]
    public async Task Failed_reminder_comes_again_every_second()
    {
        var path = $"/actors/DemoActor/{_id}/method/remind/flaky";
        var failures = 2;
        Pair.AppB.On(path, context =>
        {
            context.Response.StatusCode = Interlocked.Decrement(ref failures) >= 0 ? 500 : 200;
            return Task.CompletedTask;
        });
        using var set = await B.PostAsync($"/v1.0/actors/DemoActor/{_id}/reminders/flaky", Json("""{"dueTime":"0s"}"""));
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        var first = await Pair.AppB.NextAsync(path);
        await Pair.AppB.NextAsync(path);
        var third = await Pair.AppB.NextAsync(path);
        Assert.InRange((third.At - first.At).TotalSeconds, 1.5, 8);
        Assert.True(await Pair.AppB.IsQuietAsync(path, 1.3));
    }

    [Fact]
    public async Task Reminder_needs_a_hosted_type_and_a_due_time_that_can_be_read()
    {
        using var elsewhere = await A.PostAsync($"/v1.0/actors/DemoActor/{_id}/reminders/r", Json("""{"dueTime":"1s"}"""));
        await AssertErrorAsync(elsewhere, 403, "ERR_ACTOR_REMINDER_NON_HOSTED", "operations on actor reminders are only possible on hosted actor types");
        using var bad = await B.PostAsync($"/v1.0/actors/DemoActor/{_id}/reminders/r", Json("""{"dueTime":"soon"}"""));
        await AssertErrorAsync(bad, 500, "ERR_ACTOR_REMINDER_CREATE", "");
    }

    [Fact]
    public async Task Timer_fires_with_its_callback_also_for_an_actor_never_active()
    {
        var timer = $"/v1.0/actors/DemoActor/{_id}/timers/t1";
        using var set = await B.PostAsync(timer, Json("""{"dueTime":"100ms","period":"200ms","callback":"myCb","data":{"d":1}}"""));
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        var path = $"/actors/DemoActor/{_id}/method/timer/t1";
        var first = await Pair.AppB.NextAsync(path);
        Assert.Equal("PUT", first.Method);
        Assert.Equal("""{"d":1}""", first.Json.GetProperty("data").GetRawText());
        Assert.Equal("myCb", first.Json.GetProperty("callback").GetString());
        Assert.Equal("100ms", first.Json.GetProperty("dueTime").GetString());
        Assert.Equal("200ms", first.Json.GetProperty("period").GetString());
        // A timer's turn does not keep its actor active, and on a busy machine the next one may be later than the idle time.
        using var kept = await CallAsync(B, "hello");
        await Pair.AppB.NextAsync(path);
        Assert.Equal(HttpStatusCode.NoContent, (await B.DeleteAsync(timer)).StatusCode);
        // What had begun by then has come or is on its way; a timer that went on would never be quiet.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await Pair.AppB.IsQuietAsync(path, 1))
        {
            limit.Token.ThrowIfCancellationRequested();
            await Pair.AppB.NextAsync(path);
        }
    }

    private Task<HttpResponseMessage> CallAsync(HttpClient sidecar, string method) =>
        sidecar.SendAsync(Request(HttpMethod.Put, sidecar.BaseAddress!, $"/v1.0/actors/DemoActor/{_id}/method/{method}"));
}
