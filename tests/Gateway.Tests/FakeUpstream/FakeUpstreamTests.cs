using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Fakes;

// Not Gateway.Tests.FakeUpstream: that would hide the class of this name from every other test.
namespace Gateway.Tests.FakeUpstreamTests;

/// <summary>The other tests believe what this provider says it did; here it is held to that.</summary>
public sealed class FakeUpstreamTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        // Else a disposed answer is drained for 2 s in the hope to use its connection again.
        ResponseDrainTimeout = TimeSpan.Zero,
    })
    { Timeout = Limit };
    private readonly CancellationTokenSource _limit = new(Limit);

    public void Dispose()
    {
        _client.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Scripted_answers_are_given_in_order_and_then_the_default()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Json("""{"n":1}"""), Answer.Json("""{"n":2}""", 429).Header("retry-after", "7"));

        using var first = await PostAsync(upstream, "/v1/messages", "{}");
        using var second = await PostAsync(upstream, "/v1/messages", "{}");
        using var third = await PostAsync(upstream, "/v1/messages", """{"model":"m","messages":[{"role":"user","content":"hi there"}]}""");

        Assert.Equal("""{"n":1}""", await first.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode)429, second.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(7), second.Headers.RetryAfter!.Delta);
        Assert.Contains("You said: hi there", await third.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(3, upstream.Requests.Count);
    }

    [Fact]
    public async Task Matching_lines_take_only_their_requests()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(r => r.Header("x-key") == "a", Answer.Json("\"only a\""));
        upstream.Always(r => r.Path == "/b", r => Answer.Json($"\"{r.Text}\""));

        using var other = await PostAsync(upstream, "/b", "hello");
        using var request = new HttpRequestMessage(HttpMethod.Post, upstream.Url + "/a") { Content = new StringContent("x") };
        request.Headers.Add("x-key", "a");
        using var a = await _client.SendAsync(request);

        Assert.Equal("\"hello\"", await other.Content.ReadAsStringAsync());
        Assert.Equal("\"only a\"", await a.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Events_wait_at_a_gate_until_released()
    {
        var gate = new Gate();
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Sse().Data("1").At(gate).Data("2").At(gate).Data("3"));

        using var response = await _client.GetAsync(upstream.Url + "/", HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal($"data: {i}\n\n", await ReadAsync(stream, 9));
            if (i == 3)
                break;
            var next = stream.ReadAsync(Memory<byte>.Empty).AsTask();
            await gate.ReachedAsync();
            Assert.False(next.IsCompleted);
            gate.Release();
            await next.WaitAsync(Limit);
        }

        Assert.Equal(0, await stream.ReadAsync(new byte[1], _limit.Token));
        await upstream.Requests[0].Answered.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_cut_is_a_reset_after_everything_before_it_has_arrived()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Sse().Data("before").Cut());

        using var socket = new TcpClient();
        var bytes = await ExchangeAsync(socket, upstream);

        Assert.Contains("data: before\n\n", Encoding.UTF8.GetString(bytes.Received), StringComparison.Ordinal);
        Assert.Equal(SocketError.ConnectionReset, (bytes.Failure as SocketException)?.SocketErrorCode);
        Assert.False(upstream.Requests[0].ClientLeft.IsCompleted);
    }

    [Fact]
    public async Task A_client_that_leaves_is_recorded_at_once()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Sse().Data("1").Stall(), Answer.Silence());

        using (var response = await _client.GetAsync(upstream.Url + "/", HttpCompletionOption.ResponseHeadersRead))
            Assert.False(upstream.Requests[0].ClientLeft.IsCompleted);
        var left = Stopwatch.StartNew();
        await upstream.Requests[0].ClientLeft.WaitAsync(Limit);
        Assert.True(left.Elapsed < TimeSpan.FromSeconds(1), $"{left.Elapsed}");

        using var leave = new CancellationTokenSource();
        var silent = _client.GetAsync(upstream.Url + "/", leave.Token);
        var request = await upstream.RequestAsync(1);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => silent);
        await request.ClientLeft.WaitAsync(Limit);
    }

    [Fact]
    public async Task Nothing_that_was_sent_goes_unrecorded_under_parallel_calls()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script([.. Enumerable.Range(0, 100).Select(i => Answer.Json($"{i}"))]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            using var response = await PostAsync(upstream, $"/p{i}", new string('x', i * 100));
            return int.Parse(await response.Content.ReadAsStringAsync());
        }));

        Assert.Equal(Enumerable.Range(0, 100), answers.Order());
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"/p{i} {i * 100}").Order(), upstream.Requests.Select(r => $"{r.Path} {r.Body.Length}").Order());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Bodies_are_compressed_and_split_on_request(string encoding)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Json("""{"text":"compressed"}""").Encoded(encoding).SplitEvery(1));

        using var response = await _client.GetAsync(upstream.Url + "/");
        await using var body = await response.Content.ReadAsStreamAsync();
        await using Stream plain = encoding switch
        {
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(body, CompressionMode.Decompress),
            _ => new BrotliStream(body, CompressionMode.Decompress),
        };
        using var reader = new StreamReader(plain);

        Assert.Equal(encoding, Assert.Single(response.Content.Headers.ContentEncoding));
        Assert.Equal("""{"text":"compressed"}""", await reader.ReadToEndAsync(_limit.Token));
    }

    [Theory]
    [InlineData("/v1/messages", false, "\"type\":\"tool_use\"")]
    [InlineData("/v1/messages", true, "\"type\":\"input_json_delta\"")]
    [InlineData("/v1/chat/completions", false, "\"finish_reason\":\"tool_calls\"")]
    [InlineData("/v1/chat/completions", true, "\"include_usage\"")]
    public async Task Without_a_script_both_formats_answer_and_call_tools(string path, bool stream, string expected)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        var tool = path.EndsWith("messages", StringComparison.Ordinal)
            ? """{"name":"search","input_schema":{"type":"object","properties":{"name":{"type":"string"}}}}"""
            : """{"type":"function","function":{"name":"search","parameters":{"type":"object"}}}""";
        var body =
            $$"""{"model":"m\"1","stream":{{(stream ? "true" : "false")}},"stream_options":{"include_usage":true},"tools":[{{tool}}]"""
            + $$""","messages":[{"role":"user","content":[{"type":"text","text":"please use tool search now"}]}]}""";

        using var response = await PostAsync(upstream, path, body);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        if (stream && path.EndsWith("completions", StringComparison.Ordinal))
            Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        else
            Assert.Contains(expected, text, StringComparison.Ordinal);
        foreach (var json in stream ? text.Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)).Select(l => l[6..]) : [text])
            using (System.Text.Json.JsonDocument.Parse(json)) { }
        Assert.Contains("m\\\"1", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x-fake-cut-after", "2")]
    [InlineData("x-fake-end-after", "2")]
    [InlineData("x-fake-error-after", "2")]
    public async Task Request_headers_bend_the_default_answer(string header, string value)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, upstream.Url + "/v1/messages")
        {
            Content = new StringContent("""{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}"""),
        };
        request.Headers.Add(header, value);
        request.Headers.Add("x-fake-first-ms", "1");

        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var failed = false;
        var text = "";
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await reader.ReadLineAsync(_limit.Token) is { } line)
                text += line + "\n";
        }
        catch (IOException)
        {
            failed = true;
        }

        Assert.Contains("content_block_start", text, StringComparison.Ordinal);
        Assert.DoesNotContain("message_stop", text, StringComparison.Ordinal);
        Assert.Equal(header == "x-fake-cut-after", failed);
        Assert.Equal(header == "x-fake-error-after", text.Contains("event: error", StringComparison.Ordinal));
    }

    private async Task<HttpResponseMessage> PostAsync(FakeUpstream upstream, string path, string body)
    {
        using var content = new StringContent(body);
        return await _client.PostAsync(upstream.Url + path, content);
    }

    private async Task<string> ReadAsync(Stream stream, int count)
    {
        var buffer = new byte[count];
        await stream.ReadExactlyAsync(buffer, _limit.Token);
        return Encoding.UTF8.GetString(buffer);
    }

    private async Task<(byte[] Received, Exception? Failure)> ExchangeAsync(TcpClient client, FakeUpstream upstream)
    {
        var address = new Uri(upstream.Url);
        await client.ConnectAsync(address.Host, address.Port, _limit.Token);
        await client.Client.SendAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: fake\r\n\r\n"), _limit.Token);
        var received = new List<byte>();
        var buffer = new byte[4096];
        try
        {
            int read;
            while ((read = await client.Client.ReceiveAsync(buffer, _limit.Token)) > 0)
                received.AddRange(buffer.AsSpan(0, read));
            return ([.. received], null);
        }
        catch (SocketException e)
        {
            return ([.. received], e);
        }
    }
}
