using System.Net;
using Dapr.Actors.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.DaprSdk;

public sealed class ActorHostTests : IAsyncLifetime
{
    private ActorWorld _world = null!;

    public async Task InitializeAsync() => _world = await ActorWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private static StringContent Json(string json) => new(json, null, "application/json");

    [Fact]
    public async Task The_smallest_configuration_names_the_types_and_reentrancy()
    {
        using var response = await _world.App.Http.GetAsync("/dapr/config");

        Assert.Equal("""{"entities":["CounterActor"],"reentrancy":{"enabled":false}}""", await response.Content.ReadAsStringAsync());
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task The_full_configuration_has_every_setting_and_those_of_single_types()
    {
        await using var world = await ActorWorld.StartAsync(options =>
        {
            options.ActorIdleTimeout = TimeSpan.FromHours(1);
            options.ActorScanInterval = TimeSpan.FromSeconds(30);
            options.DrainOngoingCallTimeout = TimeSpan.FromMinutes(1);
            options.DrainRebalancedActors = true;
            options.RemindersStoragePartitions = 7;
            options.ReentrancyConfig = new() { Enabled = true, MaxStackDepth = 32 };
            options.Actors.RegisterActor<CounterActor>("Other", new ActorRuntimeOptions { ActorIdleTimeout = TimeSpan.FromSeconds(90) });
        });

        Assert.Equal(
            """{"entities":["CounterActor","Other"],"actorIdleTimeout":"1h0m0s0ms","actorScanInterval":"0h0m30s0ms","drainOngoingCallTimeout":"0h1m0s0ms","drainRebalancedActors":true,"remindersStoragePartitions":7,"reentrancy":"""
            + """{"enabled":true,"maxStackDepth":32},"entitiesConfig":[{"entities":["Other"],"actorIdleTimeout":"0h1m30s0ms","reentrancy":{"enabled":false}}]}""",
            await world.App.Http.GetStringAsync("/dapr/config"));
    }

    [Fact]
    public async Task Health_is_answered_and_an_own_health_endpoint_wins()
    {
        Assert.Equal("Healthy", await _world.App.Http.GetStringAsync("/healthz"));

        await using var own = await TestApp.StartAsync(builder => builder.Services.AddActors(null), app =>
        {
            app.MapActorsHandlers();
            app.MapGet("/healthz", () => "mine");
        });
        Assert.Equal("mine", await own.Http.GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task Plain_calls_take_one_JSON_argument_and_answer_JSON_without_content_type()
    {
        using var response = await _world.App.Http.PutAsync("/actors/CounterActor/p1/method/AddAsync", Json("""{"n":5}"""));

        Assert.Equal("5", await response.Content.ReadAsStringAsync());
        Assert.Null(response.Content.Headers.ContentType);
        Assert.Equal(HttpStatusCode.InternalServerError, (await _world.App.Http.PutAsync("/actors/CounterActor/p1/method/JoinAsync", Json("\"x\""))).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await _world.App.Http.PutAsync("/actors/CounterActor/p1/method/addAsync", Json("{}"))).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await _world.App.Http.PutAsync("/actors/Nope/p1/method/AddAsync", Json("{}"))).StatusCode);
        using var empty = await _world.App.Http.PutAsync("/actors/CounterActor/p1/method/ClearAsync", null);
        Assert.Equal((HttpStatusCode.OK, ""), (empty.StatusCode, await empty.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task State_is_saved_once_after_the_method_as_one_transaction()
    {
        await _world.Counter("t1").AddAsync(new AddRequest(2));
        await _world.Counter("t1").AddAsync(new AddRequest(3));
        await _world.Counter("t1").GetAsync();

        var saves = _world.Calls("PUT", "/t1/state").ToList();
        Assert.Equal(["""[{"operation":"upsert","request":{"key":"n","value":2}}]""", """[{"operation":"upsert","request":{"key":"n","value":5}}]"""], saves.Select(s => s.Text));
        Assert.Equal("text/plain; charset=utf-8", saves[0].Headers.ContentType);
        Assert.Equal("//v1.0/actors/CounterActor/t1/state/n", _world.Calls("GET", "/t1/state/n").Single().Target);

        await _world.Counter("t1").ClearAsync();
        Assert.Equal("""[{"operation":"delete","request":{"key":"n"}}]""", _world.Calls("PUT", "/t1/state").Last().Text);
    }

    [Fact]
    public async Task Changes_of_a_failed_method_are_forgotten()
    {
        await _world.Counter("t2").AddAsync(new AddRequest(2));
        await Assert.ThrowsAnyAsync<Exception>(() => _world.Counter("t2").FailAfterSettingAsync(9));

        Assert.Equal(2, await _world.Counter("t2").GetAsync());
        Assert.Single(_world.Calls("PUT", "/t2/state"));
    }

    [Fact]
    public async Task State_manager_tells_absent_from_present()
    {
        Assert.Equal(
            "The actor state name 'x' already exist.|Actor State with name nope was not found.|False True 1|False 5 False|KeyNotFoundException",
            await _world.Counter("t3").RunAsync("state"));
        Assert.Equal("""[{"operation":"upsert","request":{"key":"y","value":5}}]""", _world.Calls("PUT", "/t3/state").Single().Text);
    }

    [Fact]
    public async Task A_time_to_live_is_sent_as_metadata()
    {
        await _world.Counter("t4").RunAsync("ttl");

        Assert.Equal("""[{"operation":"upsert","request":{"key":"short","value":1,"metadata":{"ttlInSeconds":"30"}}}]""", _world.Calls("PUT", "/t4/state").Single().Text);
    }

    [Theory]
    [InlineData("remind", """{"dueTime":"0h0m1s0ms","period":"0h0m5s0ms","data":"AQI=","ttl":"0h2m0s0ms"}""")]
    [InlineData("remind once", """{"dueTime":"0h0m1s0ms","period":"","data":""}""")]
    [InlineData("remind thrice", """{"dueTime":"0h0m0s0ms","period":"R3/PT1M30S","data":""}""")]
    public async Task Reminders_are_registered_in_Daprs_spelling(string action, string body)
    {
        await _world.Counter("r1").RunAsync(action);

        var call = Assert.Single(_world.Calls("PUT", "/reminders/rem"));
        Assert.Equal(("//v1.0/actors/CounterActor/r1/reminders/rem", body), (call.Target, call.Text));
        Assert.Equal("application/json; charset=utf-8", call.Headers.ContentType);
    }

    [Theory]
    [InlineData("remind too exactly", "System.ArgumentException")]
    [InlineData("remind in the past", "System.ArgumentOutOfRangeException")]
    [InlineData("time nothing", "System.ArgumentException")]
    public async Task Impossible_schedules_are_refused(string action, string exceptionType)
    {
        var thrown = await Assert.ThrowsAsync<Dapr.Actors.ActorMethodInvocationException>(() => _world.Counter("r2").RunAsync(action));

        Assert.Equal(exceptionType, ((Dapr.Actors.ActorInvokeException)thrown.InnerException!).ActualExceptionType);
    }

    [Fact]
    public async Task Reminders_are_read_and_forgotten()
    {
        _world.Reminder = """{"actorID":"r3","dueTime":"0h0m1s0ms","period":"@every 2s","data":"AQI="}""";

        Assert.Equal("00:00:01 00:00:02 2", await _world.Counter("r3").RunAsync("get reminder"));
        await _world.Counter("r3").RunAsync("forget");

        Assert.Single(_world.Calls("DELETE", "/r3/reminders/rem"));
    }

    [Theory]
    [InlineData("""{"data":"AQI=","dueTime":"0h0m1s0ms","period":"0h0m5s0ms"}""", "rem [1,2] 1000 5000")]
    [InlineData("""{"data":null,"dueTime":"","period":""}""", "rem [] -1 -1")]
    [InlineData("""{"dueTime":"1h2m3s4ms","period":"R3/PT30S"}""", "rem [] 3723004 30000")]
    [InlineData("""{"dueTime":"","period":"@every 5s"}""", "rem [] -1 5000")]
    public async Task Reminders_that_fire_reach_the_actor(string body, string seen)
    {
        using var response = await _world.App.Http.PutAsync("/actors/CounterActor/r4/method/remind/rem", Json(body));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["activated r4", "ReminderMethod ReceiveReminderAsync", seen], _world.Log.Lines);
    }

    [Theory]
    [InlineData("""{"dueTime":"1s","period":""}""")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task Reminders_that_cannot_be_read_fail(string body) =>
        Assert.Equal(HttpStatusCode.InternalServerError, (await _world.App.Http.PutAsync("/actors/CounterActor/r5/method/remind/rem", Json(body))).StatusCode);

    [Fact]
    public async Task Timers_are_registered_fired_and_stopped()
    {
        var name = await _world.Counter("c1").RunAsync("time");
        Assert.StartsWith("c1_Timer_", name);
        Assert.Equal("""{"dueTime":"0h0m1s0ms","period":"0h0m2s0ms","data":"Bw==","callback":"OnTimerAsync"}""", _world.Calls("PUT", "/timers/" + name).Single().Text);
        await _world.Counter("c1").RunAsync("time once");
        Assert.Equal("""{"dueTime":"0h0m1s0ms","callback":"OnTimerAsync"}""", _world.Calls("PUT", "/timers/t").Single().Text);
        await _world.Counter("c1").RunAsync("stop");
        Assert.Single(_world.Calls("DELETE", "/c1/timers/t"));

        using var fired = await _world.App.Http.PutAsync("/actors/CounterActor/c1/method/timer/t", Json("""{"callback":"OnTimerAsync","data":"Bw==","dueTime":"0h0m1s0ms","period":"0h0m2s0ms"}"""));
        Assert.Equal("false", await fired.Content.ReadAsStringAsync());
        Assert.Equal("application/json", fired.Content.Headers.ContentType!.MediaType);
        Assert.Contains("timer [7]", _world.Log.Lines);
        using var empty = await _world.App.Http.PutAsync("/actors/CounterActor/c1/method/timer/t", Json("""{"callback":"OnTimerAsync","dueTime":"","period":""}"""));
        Assert.Equal(HttpStatusCode.InternalServerError, empty.StatusCode);
    }

    [Fact]
    public async Task Deactivation_lets_the_instance_go_and_the_next_call_makes_another()
    {
        await _world.Counter("d1").AddAsync(new AddRequest(1));
        Assert.Equal(HttpStatusCode.OK, (await _world.App.Http.DeleteAsync("/actors/CounterActor/d1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _world.App.Http.DeleteAsync("/actors/CounterActor/d1")).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await _world.App.Http.DeleteAsync("/actors/Nope/d1")).StatusCode);
        Assert.Equal(3, await _world.Counter("d1").AddAsync(new AddRequest(2)));

        Assert.Equal(["activated d1", "deactivated d1", "activated d1"], _world.Log.Lines.Where(l => l.Contains("activated", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Handlers_without_AddActors_are_refused()
    {
        await using var app = await TestApp.StartAsync(_ => { }, app => Assert.Throws<InvalidOperationException>(() => app.MapActorsHandlers()));
    }

    [Fact]
    public void Classes_that_are_no_actors_are_refused() =>
        Assert.Throws<ArgumentException>(() => new ActorRegistrationCollection().RegisterActor<NoInterface>());

    private sealed class NoInterface(ActorHost host) : Actor(host);
}
