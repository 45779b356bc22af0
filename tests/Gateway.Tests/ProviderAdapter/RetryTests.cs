using System.Net;
using System.Net.Sockets;
using Gateway.Contracts.Names;
using Gateway.Fakes;

namespace Gateway.Tests.ProviderAdapter;

/// <summary>What is sent again, and what never is (rules E130, F19).</summary>
public class RetryTests
{
    private static readonly (string, string) SecondTry = ("x-stainless-retry-count", "1");

    [Theory]
    [InlineData(503)]
    [InlineData(529)]
    public async Task A_busy_provider_is_asked_once_more(int status)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Json("{}", status), Answer.Json("""{"ok":true}"""));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync("""{"n":1}""", headers: ("x-stainless-retry-count", "0"));

        Assert.Equal("""{"ok":true}""", await response.Content.ReadAsStringAsync());
        Assert.Equal("2", Attempts(response));
        Assert.All(upstream.Requests, r => Assert.Equal("""{"n":1}""", r.Text));
    }

    [Fact]
    public async Task And_only_once()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("""{"busy":true}""", 529));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync();

        Assert.Equal(529, (int)response.StatusCode);
        Assert.Equal("""{"busy":true}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(GatewayHeaders.OriginUpstream, response.Headers.GetValues(GatewayHeaders.Origin).Single());
        Assert.Equal(2, upstream.Requests.Count);
    }

    [Fact]
    public async Task Rule_E130_a_client_that_repeats_itself_gets_no_repeats_of_ours_on_top()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("{}", 529));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync(headers: SecondTry);

        Assert.Equal(529, (int)response.StatusCode);
        Assert.Single(upstream.Requests);
    }

    [Theory]
    [InlineData("retry-after", "1", 2)]
    [InlineData("retry-after-ms", "50", 2)]
    [InlineData("retry-after", "2", 1)]
    [InlineData("retry-after-ms", "1001", 1)]
    [InlineData("retry-after", "Fri, 20 Nov 2099 10:00:00 GMT", 1)]
    [InlineData("x-nothing", "1", 1)]
    public async Task Rule_E148_a_rate_limit_is_waited_for_only_if_it_says_so_and_is_short(string header, string value, int calls)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("{}", 429).Header(header, value));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync();

        Assert.Equal(429, (int)response.StatusCode);
        Assert.Equal(calls, upstream.Requests.Count);
        Assert.Equal($"{calls}", Attempts(response));
        Assert.Equal(value, response.Headers.NonValidated[header].ToString());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(408)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(504)]
    public async Task An_answer_that_may_have_cost_something_is_never_asked_for_again(int status)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("{}", status));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync();

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task A_provider_that_says_not_to_retry_is_not_retried()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("{}", 529).Header("x-should-retry", "false"));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync();

        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task A_refused_connection_is_tried_twice_and_then_an_error_of_ours()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var adapter = await TestAdapter.StartAsync($$"""{ "p": { "dialect": "anthropic", "baseUrl": "http://127.0.0.1:{{port}}" } }""");

        using var first = await adapter.CallAsync();
        using var second = await adapter.CallAsync(headers: SecondTry);

        Assert.Equal(HttpStatusCode.BadGateway, first.StatusCode);
        Assert.Equal("ProviderUnreachable", first.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        Assert.Equal("2", Attempts(first));
        Assert.Equal("1", Attempts(second));
    }

    [Fact]
    public async Task A_connection_that_is_not_made_in_time_is_an_unreachable_provider()
    {
        // A backlog that is full: the kernel drops further connection requests, as a dead host would.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var endpoint = (IPEndPoint)listener.LocalEndPoint!;
        var fill = Enumerable.Range(0, 4)
            .Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false })
            .ToList();
        foreach (var socket in fill)
            _ = socket.ConnectAsync(endpoint).ContinueWith(_ => { }, TaskScheduler.Default);
        await using var adapter = await TestAdapter.StartAsync(
            $$"""{ "p": { "dialect": "anthropic", "baseUrl": "http://127.0.0.1:{{endpoint.Port}}", "timeouts": { "connectMs": 150 } } }""");

        using var response = await adapter.CallAsync();

        Assert.Equal("ProviderUnreachable", response.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        Assert.Equal("2", Attempts(response));
        fill.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task A_redirect_is_neither_followed_nor_passed_on()
    {
        await using var elsewhere = await FakeUpstream.StartAsync();
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("{}", 307).Header("location", elsewhere.Url));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync();

        Assert.Equal("ProviderProtocol", response.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        Assert.False(response.Headers.Contains("location"));
        Assert.Single(upstream.Requests);
        Assert.Empty(elsewhere.Requests);
    }

    private static string Attempts(HttpResponseMessage response) => response.Headers.GetValues(GatewayHeaders.Attempts).Single();
}
