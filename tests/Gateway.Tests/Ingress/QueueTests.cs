using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Ingress.Quota;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Ingress;

/// <summary>Requests that wait for limits rather than be refused: in which order, how many, how long, and that nothing is held meanwhile.</summary>
public class QueueTests
{
    private static readonly AccountSettings OneAtATime = new() { Limits = new KeyLimits { ConcurrentRequests = 1 } };

    [Fact]
    public async Task Keys_take_turns_and_the_requests_of_a_key_come_in_their_order()
    {
        using var world = new QueueWorld(new() { ["team:t"] = OneAtATime });
        var (a, b) = (QueueWorld.Key("a", 30, "team:t"), QueueWorld.Key("b", 30, "team:t"));
        var running = await await world.AskAsync(a);
        var waiting = new List<(string Name, Task<Admission> Asked)>();
        foreach (var (name, key) in new[] { ("a1", a), ("a2", a), ("a3", a), ("b1", b), ("b2", b) })
            waiting.Add((name, await world.AskAsync(key)));
        var order = new List<string>();
        while (waiting.Count > 0)
        {
            running.Abandon();
            var admitted = await Task.WhenAny(waiting.Select(w => w.Asked)).WaitAsync(TestGateway.Timeout);
            running = await admitted;
            order.Add(waiting.Single(w => w.Asked == admitted).Name);
            waiting.RemoveAll(w => w.Asked == admitted);
        }

        Assert.Equal(["a1", "b1", "a2", "b2", "a3"], order);
        Assert.Equal(0, world.Waiting);
    }

    [Fact]
    public async Task What_is_given_back_wakes_the_first_without_any_time_passing()
    {
        using var world = new QueueWorld(new() { ["a"] = OneAtATime });
        var running = await await world.AskAsync(QueueWorld.Key("a", 30));
        var next = await world.AskAsync(QueueWorld.Key("a", 30));
        Assert.False(next.IsCompleted);
        running.Abandon();
        Assert.Equal(TimeSpan.Zero, (await next.WaitAsync(TestGateway.Timeout)).Queued);
    }

    [Theory]
    [InlineData("requests")]
    [InlineData("tokens")]
    public async Task What_a_minute_brings_wakes_the_first_when_it_is_there(string limit)
    {
        var limits = limit == "requests" ? new KeyLimits { RequestsPerMinute = 6 } : new KeyLimits { InputTokensPerMinute = 6 * QueueWorld.Tokens };
        using var world = new QueueWorld(new() { ["a"] = new() { Limits = limits } });
        var key = QueueWorld.Key("a", 30);
        for (var i = 0; i < 6; i++)
            await (await world.AskAsync(key)).WaitAsync(TestGateway.Timeout);
        var (first, second) = (await world.AskAsync(key), await world.AskAsync(key));
        await world.AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.False(first.IsCompleted);
        // The clock may be ahead of the thread that it wakes.
        await UntilAdmittedAsync(world, first, TimeSpan.FromSeconds(6));
        Assert.InRange((await first).Queued!.Value, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(16));
        Assert.False(second.IsCompleted);
        await QueueWorld.UntilAsync(() => world.Waiting == 1);
        await UntilAdmittedAsync(world, second, TimeSpan.FromSeconds(12));
    }

    [Fact]
    public async Task What_another_instance_gives_back_is_found_within_seconds()
    {
        using var world = new QueueWorld(new() { ["a"] = OneAtATime }, instances: 2);
        var running = await await world.AskAsync(QueueWorld.Key("a", 30));
        var next = await world.AskAsync(QueueWorld.Key("a", 30), instance: 1);
        running.Abandon();
        await UntilAdmittedAsync(world, next, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Whoever_has_waited_long_enough_is_refused_and_told_for_how_long()
    {
        using var world = new QueueWorld(new() { ["a"] = OneAtATime });
        await (await world.AskAsync(QueueWorld.Key("a", 30))).WaitAsync(TestGateway.Timeout);
        var waits = await world.AskAsync(QueueWorld.Key("a", 2));
        await world.AdvanceAsync(TimeSpan.FromSeconds(2.5));
        var e = await Assert.ThrowsAsync<GatewayException>(() => waits.WaitAsync(TestGateway.Timeout));
        Assert.Equal((ErrorKind.RateLimited, 1), (e.Kind, e.RetryAfterSeconds));
        Assert.Matches(@"1 requests at the same time\. Try again in 1 s\. The request has waited [12](\.\d+)? s for it\.$", e.Message);
        Assert.Equal(0, world.Waiting);
    }

    [Theory]
    [InlineData("requests", 15)]
    [InlineData("money", 60)]
    [InlineData("off", 0)]
    [InlineData("nothing said", null)]
    public async Task What_does_not_come_back_in_time_is_refused_at_once(string what, int? seconds)
    {
        using var world = new QueueWorld(new()
        {
            ["a"] = what switch
            {
                "requests" => new() { Limits = new KeyLimits { RequestsPerMinute = 3 } },
                "money" => new() { Budget = new KeyBudget { Amount = QueueWorld.Money / 2 } },
                _ => OneAtATime,
            },
        });
        var key = QueueWorld.Key("a", seconds);
        for (var i = what switch { "requests" => 3, "money" => 0, _ => 1 }; i > 0; i--)
            await (await world.AskAsync(key)).WaitAsync(TestGateway.Timeout);
        var e = await world.RefusedAsync(key).WaitAsync(TestGateway.Timeout);
        Assert.Equal(what == "money" ? ErrorKind.BudgetExhausted : ErrorKind.RateLimited, e.Kind);
        Assert.DoesNotContain("waited", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Money_that_a_running_request_holds_is_waited_for()
    {
        using var world = new QueueWorld(new() { ["a"] = new() { Budget = new KeyBudget { Amount = 1.5m * QueueWorld.Money } } });
        var running = await await world.AskAsync(QueueWorld.Key("a", 30));
        var next = await world.AskAsync(QueueWorld.Key("a", 30));
        Assert.False(next.IsCompleted);
        running.Abandon();
        await next.WaitAsync(TestGateway.Timeout);
    }

    [Fact]
    public async Task No_more_wait_than_may_and_the_others_are_told_so_at_once()
    {
        using var world = new QueueWorld(new() { ["team:t"] = OneAtATime }, queueRequests: 3, keyQueueRequests: 2);
        var (a, b) = (QueueWorld.Key("a", 30, "team:t"), QueueWorld.Key("b", 30, "team:t"));
        var running = await await world.AskAsync(a);
        var first = await world.AskAsync(a);
        await world.AskAsync(a);
        Assert.EndsWith("2 requests of this API key wait for limits already, and no more may.", (await world.RefusedAsync(a)).Message);
        await world.AskAsync(b);
        Assert.EndsWith("3 requests wait for limits already, and no more may.", (await world.RefusedAsync(b)).Message);
        running.Abandon();
        await first.WaitAsync(TestGateway.Timeout);
        await QueueWorld.UntilAsync(() => world.Waiting == 2);
        Assert.False((await world.AskAsync(a)).IsCompleted);
    }

    [Fact]
    public async Task A_client_that_leaves_waits_no_longer_and_holds_up_nobody()
    {
        using var world = new QueueWorld(new() { ["a"] = OneAtATime });
        var key = QueueWorld.Key("a", 30);
        using var client = new CancellationTokenSource();
        var running = await await world.AskAsync(key);
        var left = await world.AskAsync(key, client: client.Token);
        var next = await world.AskAsync(key);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left.WaitAsync(TestGateway.Timeout));
        Assert.Equal(1, world.Waiting);
        running.Abandon();
        await next.WaitAsync(TestGateway.Timeout);
    }

    [Fact]
    public async Task A_gateway_that_stops_tells_those_who_wait()
    {
        using var world = new QueueWorld(new() { ["a"] = OneAtATime });
        await (await world.AskAsync(QueueWorld.Key("a", 30))).WaitAsync(TestGateway.Timeout);
        var waits = await world.AskAsync(QueueWorld.Key("a", 30));
        world.Stop();
        Assert.Equal(ErrorKind.Interrupted, (await Assert.ThrowsAsync<GatewayException>(() => waits.WaitAsync(TestGateway.Timeout))).Kind);
        Assert.Equal(0, world.Waiting);
    }

    [Fact]
    public async Task Whoever_comes_later_is_behind_those_who_wait_even_where_there_is_room_for_it()
    {
        // The first needs a whole minute's tokens; what is left would do for the others.
        using var world = new QueueWorld(new()
        {
            ["team:t"] = new() { Limits = new KeyLimits { RequestsPerMinute = 2, ConcurrentRequests = 1 } },
        });
        var (waiting, never) = (QueueWorld.Key("a", 60, "team:t"), QueueWorld.Key("b", null, "team:t"));
        (await await world.AskAsync(waiting)).Abandon();
        (await await world.AskAsync(waiting)).Abandon();
        var first = await world.AskAsync(waiting);
        Assert.False(first.IsCompleted);
        await world.AdvanceAsync(TimeSpan.FromSeconds(10));
        var e = await world.RefusedAsync(never);
        Assert.Contains("The limit of the team of this API key is reached: 2 requests per minute", e.Message, StringComparison.Ordinal);
        await UntilAdmittedAsync(world, first, TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task While_it_waits_a_request_holds_nothing_and_it_is_admitted_everywhere_or_nowhere()
    {
        // Room for two, in slots and in money.
        var two = new AccountSettings
        {
            Limits = new KeyLimits { RequestsPerMinute = 1000, ConcurrentRequests = 2 },
            Budget = new KeyBudget { Amount = 2 * QueueWorld.Money },
        };
        using var world = new QueueWorld(new() { ["a"] = two, ["team:t"] = two, ["org:o"] = OneAtATime, ["rule:r"] = two });
        var rule = new RuleRecord { Id = "rule:r", CreatedAt = DateTimeOffset.UnixEpoch, By = "model", Value = "m" };
        var key = QueueWorld.Key("a", 30, "team:t", "org:o") with { Rules = [rule] };
        var running = await await world.AskAsync(key);
        var next = await world.AskAsync(key);
        // Whoever does not need the one place of the organisation finds the others free, or has them as soon as the other's try is over.
        for (var i = 0; i < 5; i++)
        {
            await world.AdvanceAsync(TimeSpan.FromSeconds(1));
            var other = await world.AskAsync(QueueWorld.Key("a", 30, "team:t") with { Rules = [rule] });
            (await other.WaitAsync(TestGateway.Timeout)).Abandon();
        }

        Assert.False(next.IsCompleted);
        running.Abandon();
        var admitted = await next.WaitAsync(TestGateway.Timeout);
        Assert.Equal(["a", "team:t", "org:o", "rule:r"], admitted.Parts.Select(p => p.Lease.AccountId));
        await world.AdvanceAsync(TimeSpan.FromSeconds(5));
        foreach (var id in new[] { "a", "team:t", "org:o", "rule:r" })
            Assert.Equal(1, world.Accounts.Of(id).Status.SlotsHeld);
    }

    [Fact]
    public async Task A_request_may_wait_at_one_account_after_the_other()
    {
        using var world = new QueueWorld(new() { ["a"] = OneAtATime, ["b"] = OneAtATime, ["team:t"] = OneAtATime });
        var (a, b) = (QueueWorld.Key("a", 30, "team:t"), QueueWorld.Key("b", 30, "team:t"));
        var running = await await world.AskAsync(a);
        var (a1, b1, a2) = (await world.AskAsync(a), await world.AskAsync(b), await world.AskAsync(a));
        running.Abandon();
        // It was the key's own account that had refused the first, and the other key waits at the team's already.
        var second = await b1.WaitAsync(TestGateway.Timeout);
        Assert.False(a1.IsCompleted || a2.IsCompleted);
        second.Abandon();
        (await a1.WaitAsync(TestGateway.Timeout)).Abandon();
        await a2.WaitAsync(TestGateway.Timeout);
        Assert.Equal(0, world.Waiting);
    }

    private static async Task UntilAdmittedAsync(QueueWorld world, Task<Admission> asked, TimeSpan within)
    {
        for (var passed = TimeSpan.Zero; !asked.IsCompleted; passed += TimeSpan.FromMilliseconds(500))
        {
            Assert.True(passed <= within, $"it is not admitted after {passed}");
            await world.AdvanceAsync(TimeSpan.FromMilliseconds(500));
            await Task.WhenAny(asked, Task.Delay(100));
        }

        await asked;
    }
}
