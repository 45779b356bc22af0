using System.Net;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>However a request ends, on whichever route, streamed or not: the client is told the truth, and it is recorded exactly once.</summary>
public sealed class OutcomeTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    /// <summary>Long enough for the first words to be on their way to the client: a failure that comes with them may still become a status.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(300);

    private readonly TestGateway _gateway = shared.Gateway;

    public static TheoryData<bool, bool> Routes => new() { { true, true }, { true, false }, { false, true }, { false, false } };

    public static TheoryData<bool> Native => new() { true, false };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_whole_answer_is_completed(bool native, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        using var response = await SendAsync(native, stream, key, stream ? Streams.Opening(native).Closing(native) : Answer.Json(Streams.Whole(native)));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        if (stream)
        {
            using var events = await ClientStream.OpenAsync(response);
            var all = await events.RestAsync();
            Assert.Equal("message_start", all[0].Name);
            Assert.Equal("message_stop", all[^1].Name);
        }
        else
        {
            var message = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal("Hello", message.GetProperty("content")[0].GetProperty("text").GetString());
            Assert.Equal("end_turn", message.GetProperty("stop_reason").GetString());
        }

        var totals = await _gateway.UsageAsync(id, 1);
        Assert.Equal(
            (100, 10, 20),
            (
                totals.GetProperty("input_tokens").GetInt64(), totals.GetProperty("cache_read_input_tokens").GetInt64(),
                totals.GetProperty("output_tokens").GetInt64()));
        // (100 x 3 + 10 x 0.3 + 20 x 15) / 1,000,000
        Assert.Equal(0.000603m, decimal.Parse(totals.GetProperty("cost").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        await StaysAsync(id, 1);
    }

    [Theory]
    [MemberData(nameof(Native))]
    public async Task A_callers_trace_goes_through_all_services_though_none_of_them_traces(bool native)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var (model, marker) = Target(native, fast: false);
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.Whole(native)));
        using var request = TestGateway.Messages(model, false, marker, key);
        request.Headers.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await _gateway.UsageAsync(id, 1);
        var e = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", e.GetProperty("trace_id").GetString());
        // The provider is not ours to trace.
        Assert.DoesNotContain((await UpstreamRequestAsync(marker)).Headers, h => h.Key.Equals("traceparent", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [MemberData(nameof(Native))]
    public async Task An_error_event_in_the_middle_ends_the_stream_and_keeps_its_type(bool native)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        // What comes together with the first words may still become a status; this error comes after they have been read.
        var gate = new Gate();
        using var response = await SendAsync(native, true, key, Streams.Opening(native).At(gate).Error(native));
        using var events = await ClientStream.OpenAsync(response);
        Assert.Equal("message_start", (await events.NextAsync())!.Value.Name);
        gate.Release();
        var all = await events.RestAsync();
        Assert.Equal("error", all[^1].Name);
        Assert.DoesNotContain(all, e => e.Name == "message_stop");
        if (native)
            Assert.Contains("overloaded_error", all[^1].Data);
        await OnceAsync(id, native ? 100 : null);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task An_error_status_is_an_error_status(bool native, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        using var response = await SendAsync(
            native, stream, key, Answer.Json("""{"type":"error","error":{"type":"invalid_request_error","message":"no such thing"}}""", 400));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("no such thing", await ErrorAsync(response, "invalid_request_error"));
        await OnceAsync(id, null);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Rule_E118_a_connection_that_breaks_is_an_error_and_never_an_end(bool native, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var answer = stream
            ? Streams.Opening(native).Wait(Apart).Cut()
            : Answer.Sse().Header("content-type", "application/json").Raw(Streams.Whole(native)[..60]).Cut();
        using var response = await SendAsync(native, stream, key, answer);
        await BrokenAsync(response, stream, id, native);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Rule_E173_an_end_without_an_end_mark_is_an_error_and_never_an_end(bool native, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        using var response = await SendAsync(native, stream, key, stream ? Streams.Opening(native).Wait(Apart) : Answer.Json(Streams.Whole(native)[..80]));
        await BrokenAsync(response, stream, id, native);
    }

    [Theory]
    [MemberData(nameof(Native))]
    public async Task Half_an_event_at_the_end_never_reaches_the_client(bool native)
    {
        var (_, key) = await _gateway.CreateKeyAsync();
        using var response = await SendAsync(
            native, true, key, Streams.Opening(native).Wait(Apart).Raw("event: content_block_delta\ndata: {\"type\":\"content_bl").Cut());
        Assert.Equal("error", (await AllAsync(response))[^1].Name);
    }

    /// <summary>Without its blank line it would become part of the error that is said behind it.</summary>
    [Theory]
    [MemberData(nameof(Native))]
    public async Task A_delta_that_lacks_only_its_blank_line_does_not_spoil_the_error_behind_it(bool native)
    {
        var (_, key) = await _gateway.CreateKeyAsync();
        using var response = await SendAsync(native, true, key, Streams.Opening(native).Wait(Apart)
            .Raw("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}\n"));
        Assert.Equal("error", (await AllAsync(response))[^1].Name);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Rule_E144_a_client_that_leaves_cancels_the_provider_at_once_and_is_billed_what_it_got(bool native, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        using var leave = new CancellationTokenSource();
        var (model, marker) = Target(native);
        _gateway.Upstream.Script(r => r.Text.Contains(marker), (stream ? Streams.Opening(native) : new Answer()).Stall());
        var seen = _gateway.Upstream.Requests.Count;
        var sending = _gateway.SendAsync(TestGateway.Messages(model, stream, marker, key), leave.Token);
        if (stream)
        {
            using var events = await ClientStream.OpenAsync(await sending);
            Assert.Equal("message_start", (await events.NextAsync())!.Value.Name);
            (await sending).Dispose();
        }

        var request = await UpstreamRequestAsync(marker);
        var left = DateTimeOffset.UtcNow;
        await leave.CancelAsync();
        await request.ClientLeft.WaitAsync(TestGateway.Timeout);
        Assert.InRange(DateTimeOffset.UtcNow - left, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        if (!stream)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await OnceAsync(id, stream && native ? 100 : null);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Rule_E142_a_provider_that_falls_silent_is_given_up(bool native, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var answer = (stream ? Streams.Opening(native) : Answer.Sse().Header("content-type", "application/json").Raw("{\"id\":")).Stall();
        using var response = await SendAsync(native, stream, key, answer, fast: true);
        if (stream)
        {
            var all = await AllAsync(response);
            Assert.Equal("error", all[^1].Name);
            Assert.Contains("timeout_error", all[^1].Data);
        }
        else
        {
            Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
            await ErrorAsync(response, "timeout_error");
        }

        await OnceAsync(id, stream && native ? 100 : null);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_provider_that_never_answers_is_given_up(bool native, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        using var response = await SendAsync(native, stream, key, Answer.Silence(), fast: true);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        await ErrorAsync(response, "timeout_error");
        await OnceAsync(id, null);
    }

    private static (string Model, string Marker) Target(bool native, bool fast = false) =>
        (fast ? (native ? "native/fast" : "translated/fast") : native ? "claude-test-4-5" : "translated/model", "marker-" + Guid.NewGuid().ToString("N"));

    private Task<HttpResponseMessage> SendAsync(bool native, bool stream, string key, Answer answer, bool fast = false)
    {
        var (model, marker) = Target(native, fast);
        _gateway.Upstream.Script(r => r.Text.Contains(marker), answer);
        return _gateway.SendAsync(TestGateway.Messages(model, stream, marker, key));
    }

    private async Task<RecordedRequest> UpstreamRequestAsync(string marker)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            if (_gateway.Upstream.Requests.FirstOrDefault(r => r.Received.IsCompleted && r.Text.Contains(marker)) is { } request)
                return request;
            await Task.Delay(10, limit.Token);
        }
    }

    private async Task BrokenAsync(HttpResponseMessage response, bool stream, string keyId, bool native)
    {
        if (stream)
        {
            var all = await AllAsync(response);
            Assert.Equal("message_start", all[0].Name);
            Assert.Equal("error", all[^1].Name);
            Assert.Contains("api_error", all[^1].Data);
            Assert.DoesNotContain(all, e => e.Name is "message_stop" or "message_delta");
        }
        else
        {
            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
            await ErrorAsync(response, "api_error");
        }

        await OnceAsync(keyId, stream && native ? 100 : null);
    }

    private static async Task<List<(string Name, string Data)>> AllAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var events = await ClientStream.OpenAsync(response);
        return await events.RestAsync();
    }

    private static async Task<string> ErrorAsync(HttpResponseMessage response, string type)
    {
        var text = await response.Content.ReadAsStringAsync();
        var error = JsonDocument.Parse(text).RootElement;
        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.Equal(type, error.GetProperty("error").GetProperty("type").GetString());
        return error.GetProperty("error").GetProperty("message").GetString()!;
    }

    private async Task OnceAsync(string keyId, long? inputTokens)
    {
        var totals = await _gateway.UsageAsync(keyId, 1);
        if (inputTokens is { } expected)
            Assert.Equal(expected, totals.GetProperty("input_tokens").GetInt64());
        await StaysAsync(keyId, 1);
    }

    /// <summary>A second event would come right behind the first.</summary>
    private async Task StaysAsync(string keyId, int requests)
    {
        await Task.Delay(100);
        await _gateway.UsageAsync(keyId, requests);
    }
}
