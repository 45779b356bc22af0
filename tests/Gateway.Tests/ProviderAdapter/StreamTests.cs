using System.Diagnostics;
using System.Net;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Fakes;

namespace Gateway.Tests.ProviderAdapter;

public class StreamTests
{
    [Fact]
    public async Task Events_pass_one_by_one_as_the_provider_sends_them()
    {
        var gate = new Gate();
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Sse().Data("1").At(gate).Data("2").At(gate).Data("3"));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync(stream: true);
        await using var stream = await response.Content.ReadAsStreamAsync();
        for (var i = 1; i <= 3; i++)
        {
            var buffer = new byte[9];
            await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(TestAdapter.Limit);
            Assert.Equal($"data: {i}\n\n", Encoding.UTF8.GetString(buffer));
            if (i == 3)
                break;
            await gate.ReachedAsync();
            gate.Release();
        }

        Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TestAdapter.Limit));
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(GatewayHeaders.OriginUpstream, response.Headers.GetValues(GatewayHeaders.Origin).Single());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_provider_that_breaks_in_the_middle_ends_the_stream_with_the_mark(bool insideAnEvent)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        var answer = Answer.Sse().Data("1").Data("2");
        if (insideAnEvent)
            answer.Raw("data: hal");
        upstream.Script(answer.Cut());
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync(stream: true);
        var (data, abort) = await TestAdapter.ReadEventsAsync(response);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["1", "2"], data);
        Assert.Equal(ErrorKind.ProviderTruncated, abort);
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task A_provider_that_falls_silent_in_the_middle_ends_the_stream_with_the_mark()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Sse().Data("1").Stall());
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: """ "timeouts": { "idleMs": 200 } """);

        using var response = await adapter.CallAsync(stream: true);
        var (data, abort) = await TestAdapter.ReadEventsAsync(response);

        Assert.Equal(["1"], data);
        Assert.Equal(ErrorKind.ProviderTimeout, abort);
        await upstream.Requests[0].ClientLeft.WaitAsync(TestAdapter.Limit);
    }

    [Fact]
    public async Task A_stream_may_last_longer_than_every_limit_as_long_as_bytes_come()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        var answer = Answer.Sse().Data("0");
        for (var i = 1; i <= 5; i++)
            answer.Wait(TimeSpan.FromMilliseconds(400)).Data($"{i}");
        upstream.Script(answer);
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: """ "timeouts": { "connectMs": 1500, "firstByteMs": 1500, "idleMs": 1500 } """);

        using var response = await adapter.CallAsync(stream: true);
        var (data, abort) = await TestAdapter.ReadEventsAsync(response);

        Assert.Equal(["0", "1", "2", "3", "4", "5"], data);
        Assert.Null(abort);
    }

    [Fact]
    public async Task A_clean_end_is_passed_on_as_one()
    {
        // Whether an end is complete is judged by its terminal event, which only those who read the format know.
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Sse().Data("1"));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync(stream: true);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("data: 1\n\n", text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Silence_before_the_first_byte_is_a_504_of_ours(bool afterHeaders)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(afterHeaders ? Answer.Sse().FlushHeaders().Stall() : Answer.Silence());
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: """ "timeouts": { "firstByteMs": 200 } """);

        using var response = await adapter.CallAsync(stream: true);

        await AssertOursAsync(response, HttpStatusCode.GatewayTimeout, ErrorKind.ProviderTimeout, "timeout_error");
        Assert.Single(upstream.Requests);
        await upstream.Requests[0].ClientLeft.WaitAsync(TestAdapter.Limit);
    }

    [Fact]
    public async Task A_break_before_the_first_byte_of_a_stream_is_an_honest_status_and_no_second_call()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Sse().FlushHeaders().Cut(), Answer.Reset());
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var afterHeaders = await adapter.CallAsync(stream: true);
        using var before = await adapter.CallAsync(stream: true);

        await AssertOursAsync(afterHeaders, HttpStatusCode.BadGateway, ErrorKind.ProviderTruncated, "api_error");
        await AssertOursAsync(before, HttpStatusCode.BadGateway, ErrorKind.ProviderTruncated, "api_error");
        Assert.Equal(2, upstream.Requests.Count);
    }

    [Fact]
    public async Task An_answer_that_is_not_streamed_and_breaks_off_is_a_502()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(new Answer().Header("content-type", "application/json").Raw("""{"type":"mess""").Cut());
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync();

        await AssertOursAsync(response, HttpStatusCode.BadGateway, ErrorKind.ProviderTruncated, "api_error");
    }

    [Fact]
    public async Task An_answer_that_is_not_streamed_and_stops_in_the_middle_is_a_504()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(new Answer().Header("content-type", "application/json").Raw("""{"type":"mess""").Stall());
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: """ "timeouts": { "idleMs": 200 } """);

        using var response = await adapter.CallAsync();

        await AssertOursAsync(response, HttpStatusCode.GatewayTimeout, ErrorKind.ProviderTimeout, "timeout_error");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_client_that_leaves_cancels_the_provider_call_within_a_second(bool stream, bool midStream)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(midStream ? Answer.Sse().Data("1").Stall() : Answer.Silence());
        await using var adapter = await TestAdapter.StartAsync(upstream);
        using var leave = new CancellationTokenSource();
        using var request = TestAdapter.Request("{}", stream);
        var call = adapter.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave.Token);
        var recorded = await upstream.RequestAsync();

        var since = Stopwatch.StartNew();
        if (midStream)
        {
            using var response = await call;
            since.Restart();
            response.Dispose();
        }
        else
        {
            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        await recorded.ClientLeft.WaitAsync(TestAdapter.Limit);
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(1), $"{since.Elapsed}");
    }

    [Fact]
    public async Task A_client_that_reads_slowly_is_no_silence_of_the_providers()
    {
        // More than fits between provider and client, so the adapter waits for its client far beyond the idle limit.
        const int Events = 200;
        var big = new string('x', 128 * 1024);
        await using var upstream = await FakeUpstream.StartAsync();
        var answer = Answer.Sse();
        for (var i = 0; i < Events; i++)
            answer.Data(big);
        upstream.Script(answer);
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: """ "timeouts": { "idleMs": 300 } """);

        using var response = await adapter.CallAsync(stream: true);
        await Task.Delay(1000);
        var (data, abort) = await TestAdapter.ReadEventsAsync(response);

        Assert.Null(abort);
        Assert.Equal(Events, data.Count);
    }

    private static async Task AssertOursAsync(HttpResponseMessage response, HttpStatusCode status, ErrorKind kind, string type)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(GatewayHeaders.OriginGateway, response.Headers.GetValues(GatewayHeaders.Origin).Single());
        Assert.Equal(kind.ToString(), response.Headers.GetValues(GatewayHeaders.ErrorKind).Single());
        Assert.Contains($"\"type\":\"{type}\"", body, StringComparison.Ordinal);
        Assert.Contains("\"request_id\":\"req-test\"", body, StringComparison.Ordinal);
    }
}
