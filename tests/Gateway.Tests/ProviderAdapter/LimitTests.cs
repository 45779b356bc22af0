using System.Diagnostics;
using System.Net;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.ProviderAdapter.Providers;

namespace Gateway.Tests.ProviderAdapter;

public class LimitTests
{
    [Fact]
    public async Task A_call_over_the_providers_concurrency_is_refused_at_once()
    {
        var gate = new Gate();
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(new Answer().At(gate).Raw("1"), Answer.Json("2"));
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: """ "maxConcurrency": 1 """);

        var running = adapter.CallAsync();
        await gate.ReachedAsync();
        using var refused = await adapter.CallAsync();
        gate.Release();
        using var first = await running;
        Assert.Equal("1", await first.Content.ReadAsStringAsync());

        Assert.Equal(529, (int)refused.StatusCode);
        Assert.Equal("ProviderOverloaded", refused.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        Assert.Equal("1", refused.Headers.GetValues("retry-after").Single());
        await FreeAgainAsync(adapter);
        Assert.Equal(2, upstream.Requests.Count);
        // There is no account here to share the places through.
        Assert.Contains(adapter.Logs, line => line.StartsWith("Warning The places of provider p cannot be shared", StringComparison.Ordinal));
    }

    /// <summary>The place is given back just after the answer's last byte, which a client can be quicker than.</summary>
    private static async Task FreeAgainAsync(TestAdapter adapter)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < TestAdapter.Limit; await Task.Yield())
        {
            using var response = await adapter.CallAsync();
            if (response.StatusCode == HttpStatusCode.OK)
                return;
        }

        Assert.Fail("The place was never given back.");
    }

    [Fact]
    public async Task A_provider_that_keeps_failing_is_given_a_rest_and_then_tried_with_one_call()
    {
        var time = new ShiftedTime();
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Json("{}", 500), Answer.Json("{}", 502), Answer.Json("{}", 500));
        await using var adapter = await TestAdapter.StartAsync(
            upstream, time: time, settings: ["--GATEWAY_BREAKER_FAILURES", "3", "--GATEWAY_BREAKER_SECONDS", "30"]);
        for (var i = 0; i < 3; i++)
            using (await adapter.CallAsync()) { }

        using var refused = await adapter.CallAsync();
        time.Advance(TimeSpan.FromSeconds(31));
        // A rate limit is an answer: the provider is there.
        upstream.Script(Answer.Json("{}", 429));
        using var trial = await adapter.CallAsync("""{"messages":[]}""");
        using var normal = await adapter.CallAsync("""{"messages":[]}""");

        Assert.Equal(529, (int)refused.StatusCode);
        Assert.Equal("ProviderOverloaded", refused.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        Assert.InRange(int.Parse(refused.Headers.GetValues("retry-after").Single()), 20, 30);
        Assert.Equal("0", refused.Headers.GetValues(GatewayHeaders.Attempts).Single());
        Assert.Equal(HttpStatusCode.TooManyRequests, trial.StatusCode);
        Assert.Equal(HttpStatusCode.OK, normal.StatusCode);
        Assert.Equal(5, upstream.Requests.Count);
    }

    [Theory]
    [InlineData("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n", 529)]
    [InlineData("data: {\"error\":{\"message\":\"The model is overloaded.\"}}\n\n", 529)]
    [InlineData("event: message_start\ndata: {\"text\":\"overloaded\"}\n\n", 200)]
    public async Task Rule_E120_the_breaker_learns_of_an_overload_that_comes_as_the_first_event(string stream, int next)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Sse().Raw(stream), Answer.Sse().Raw(stream));
        await using var adapter = await TestAdapter.StartAsync(upstream, settings: ["--GATEWAY_BREAKER_FAILURES", "2", "--GATEWAY_BREAKER_SECONDS", "30"]);
        for (var i = 0; i < 2; i++)
        {
            using var passed = await adapter.CallAsync(stream: true);
            Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
        }

        using var response = await adapter.CallAsync("""{"messages":[]}""");
        Assert.Equal(next, (int)response.StatusCode);
    }

    [Fact]
    public void The_breaker_lets_one_trial_through_and_waits_longer_each_time_it_fails()
    {
        var time = new ShiftedTime();
        var breaker = new CircuitBreaker(new BreakerOptions { Failures = 2, OpenSeconds = 10 }, time);
        Assert.False(breaker.Failed(trial: false));
        Assert.True(breaker.TryEnter(out var trial, out _));
        Assert.False(trial);
        Assert.True(breaker.Failed(trial: false));
        Assert.False(breaker.TryEnter(out _, out var wait));
        Assert.InRange(wait.TotalSeconds, 9, 10);

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(breaker.TryEnter(out trial, out _));
        Assert.True(trial);
        Assert.False(breaker.TryEnter(out _, out _));
        // A call from before it opened decides nothing.
        breaker.Failed(trial: false);
        Assert.False(breaker.TryEnter(out _, out _));
        breaker.Failed(trial: true);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.False(breaker.TryEnter(out _, out wait));
        Assert.InRange(wait.TotalSeconds, 8, 9);

        time.Advance(TimeSpan.FromSeconds(9));
        Assert.True(breaker.TryEnter(out trial, out _));
        breaker.Abandoned(trial);
        Assert.True(breaker.TryEnter(out _, out _));
        Assert.True(breaker.Succeeded());
        Assert.True(breaker.TryEnter(out trial, out _));
        Assert.False(trial);
    }

    [Fact]
    public void A_success_between_failures_keeps_the_breaker_closed()
    {
        var breaker = new CircuitBreaker(new BreakerOptions { Failures = 2, OpenSeconds = 10 }, TimeProvider.System);
        for (var i = 0; i < 5; i++)
        {
            Assert.False(breaker.Failed(trial: false));
            breaker.Succeeded();
        }

        Assert.True(breaker.TryEnter(out _, out _));
    }
}
