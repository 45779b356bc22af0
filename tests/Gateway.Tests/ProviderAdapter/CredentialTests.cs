using System.Net;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.ProviderAdapter.Credentials;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.ProviderAdapter;

public class CredentialTests
{
    /// <summary>The first is asked first all but always.</summary>
    private const string Two = """ "secrets": ["A", "B"], "secretWeights": { "A": 1000000000 } """;

    [Theory]
    [InlineData(401, "{}")]
    [InlineData(402, "{}")]
    [InlineData(403, "{}")]
    [InlineData(429, """{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}""")]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}""")]
    public async Task A_refused_credential_gives_way_to_the_next(int status, string body)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => r.Header("x-api-key") == "key-a", _ => Answer.Json(body, status));
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: Two);
        adapter.Secrets["A"] = "key-a";
        adapter.Secrets["B"] = "key-b";

        // Also for a client that repeats itself: another credential is not the same call again.
        using var first = await adapter.CallAsync("""{"messages":[]}""", headers: ("x-stainless-retry-count", "2"));
        using var second = await adapter.CallAsync("""{"messages":[]}""");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal("2", first.Headers.GetValues(GatewayHeaders.Attempts).Single());
        Assert.Equal("1", second.Headers.GetValues(GatewayHeaders.Attempts).Single());
        Assert.Equal(["key-a", "key-b", "key-b"], upstream.Requests.Select(r => r.Header("x-api-key")));
    }

    [Fact]
    public async Task When_all_are_refused_the_providers_own_answer_passes_marked_as_its_own()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("""{"no":1}""", 401));
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: Two);
        adapter.Secrets["A"] = "key-a";
        adapter.Secrets["B"] = "key-b";

        using var response = await adapter.CallAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("""{"no":1}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(GatewayHeaders.OriginUpstream, response.Headers.GetValues(GatewayHeaders.Origin).Single());
        Assert.Equal(2, upstream.Requests.Count);
    }

    [Fact]
    public async Task However_many_credentials_there_are_a_call_costs_at_most_four_exchanges()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("{}", 401));
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: """ "secrets": ["A", "B", "C", "D", "E", "F"] """);
        foreach (var name in (string[])["A", "B", "C", "D", "E", "F"])
            adapter.Secrets[name] = name;

        using var response = await adapter.CallAsync();

        Assert.Equal(4, upstream.Requests.Count);
    }

    [Fact]
    public async Task A_rotated_secret_is_read_again_when_the_old_one_is_refused()
    {
        var time = new ShiftedTime();
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => r.Header("x-api-key") == "old", _ => Answer.Json("{}", 401));
        await using var adapter = await TestAdapter.StartAsync(upstream, time: time);
        adapter.Secrets["KEY"] = "old";
        using (await adapter.CallAsync("""{"messages":[]}""")) { }
        adapter.Secrets["KEY"] = "new";
        time.Advance(TimeSpan.FromMinutes(1));

        using var response = await adapter.CallAsync("""{"messages":[]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["old", "old", "new"], upstream.Requests.Select(r => r.Header("x-api-key")));
    }

    [Fact]
    public async Task Secrets_are_read_once_in_a_few_minutes()
    {
        var time = new ShiftedTime();
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream, time: time);

        for (var i = 0; i < 3; i++)
            using (await adapter.CallAsync()) { }
        Assert.Single(adapter.SecretReads);
        time.Advance(TimeSpan.FromMinutes(6));
        using (await adapter.CallAsync()) { }

        Assert.Equal(2, adapter.SecretReads.Count);
    }

    [Fact]
    public async Task Many_calls_at_once_read_a_secret_once_and_a_failing_store_takes_nothing_away()
    {
        var time = new ShiftedTime();
        var reads = 0;
        var release = new TaskCompletionSource<Dictionary<string, string>>();
        var source = new SecretSource(
            (_, _) => { Interlocked.Increment(ref reads); return release.Task; }, new SecretMask(), time, NullLogger<SecretSource>.Instance);

        var all = Enumerable.Range(0, 50).Select(_ => source.GetAsync("KEY").AsTask()).ToList();
        release.SetResult(new() { ["KEY"] = " value\n" });
        Assert.All(await Task.WhenAll(all).WaitAsync(TestAdapter.Limit), value => Assert.Equal("value", value));
        Assert.Equal(1, reads);

        release = new();
        release.SetException(new InvalidOperationException("down"));
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("value", await source.GetAsync("KEY"));
        Assert.Equal(2, reads);
    }

    [Fact]
    public async Task A_missing_secret_is_named_and_nothing_is_sent()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: """ "secret": "NOT_SET" """);

        using var response = await adapter.CallAsync();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("ProviderCredentials", response.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        Assert.Contains("'NOT_SET'", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task A_missing_secret_is_skipped_for_the_next_one()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: Two);
        adapter.Secrets["B"] = "key-b";

        using var response = await adapter.CallAsync("""{"messages":[]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("key-b", (await upstream.RequestAsync()).Header("x-api-key"));
    }

    [Fact]
    public async Task Logs_never_carry_credentials_or_bodies()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(
            Answer.Json("""{"m":"secret-answer"}"""), Answer.Json("""{"m":"secret-answer"}""", 401), Answer.Json("""{"m":"secret-answer"}""", 500),
            Answer.Sse().Data("secret-answer").Cut(), Answer.Reset());
        await using var adapter = await TestAdapter.StartAsync(upstream);

        for (var i = 0; i < 5; i++)
        {
            using var response = await adapter.CallAsync("""{"m":"secret-prompt"}""", stream: i == 3, headers: ("Authorization", "Bearer secret-client"));
            await response.Content.ReadAsStringAsync();
        }

        Assert.Contains(adapter.Logs, line => line.Contains("'p'", StringComparison.Ordinal) || line.Contains("provider p", StringComparison.Ordinal));
        Assert.DoesNotContain(adapter.Logs, line => line.Contains("secret-", StringComparison.Ordinal));
        Assert.DoesNotContain(adapter.Logs, line => line.Contains("sk-secret-value", StringComparison.Ordinal));
    }
}
