using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Conformance;

public class InvocationTests(SharedSidecarPair shared) : ConformanceTests(shared)
{
    /// <summary>Whether answers come with HTTP's framing, which calls without a socket have no need of.</summary>
    internal virtual bool IsFramed => true;

    [Theory]
    [InlineData("/v1.0/invoke/b/method/x/y?q=1&z=a%20b", null)]
    [InlineData("/v1.0/invoke/b.default/method/x/y?q=1&z=a%20b", null)]
    [InlineData("//v1.0/invoke/b/method/x/y?q=1&z=a%20b", null)]
    [InlineData("/x/y?q=1&z=a%20b", "b")]
    [InlineData("/x/y?q=1&z=a%20b", "b.default")]
    public async Task Both_forms_reach_the_app_with_the_query_byte_for_byte(string target, string? appId)
    {
        using var response = await GetAsync(A, target, appId is null ? [] : [("dapr-app-id", appId)]);
        var seen = await ReadJsonAsync(response);
        Assert.Equal("/x/y?q=1&z=a%20b", seen.GetProperty("target").GetString());
    }

    [Fact]
    public async Task Basic_credentials_can_name_the_app()
    {
        using var response = await GetAsync(A, "/x/y", ("Authorization", "Basic " + Convert.ToBase64String("dapr-app-id:b"u8)));
        Assert.Equal("/x/y", (await ReadJsonAsync(response)).GetProperty("target").GetString());
    }

    [Theory]
    [InlineData("a%2Fb/c%20d", "/a/b/c%20d")]
    [InlineData("/x//y", "/x/y")]
    [InlineData("x/", "/x")]
    [InlineData("a%252Fb", "/a%2Fb")]
    [InlineData("x/../y", "/y")]
    [InlineData("../x", "/x")]
    [InlineData("x/./y", "/x/y")]
    [InlineData("%E4%BD%A0", "/%E4%BD%A0")]
    [InlineData("http%3A%2F%2Fevil/x", "/http:/evil/x")]
    [InlineData("a+b", "/a+b")]
    [InlineData("a:b@c", "/a:b@c")]
    public async Task Path_is_decoded_once_and_cleaned(string method, string expected)
    {
        using var prefixed = await GetAsync(A, "/v1.0/invoke/b/method/" + method);
        Assert.Equal(expected, (await ReadJsonAsync(prefixed)).GetProperty("target").GetString());
        using var byHeader = await GetAsync(A, "/" + method, ("dapr-app-id", "b"));
        Assert.Equal(expected, (await ReadJsonAsync(byHeader)).GetProperty("target").GetString());
    }

    [Theory]
    [InlineData("x%3Fy=1")]
    [InlineData("x%23y")]
    public async Task Path_that_hides_a_query_or_fragment_is_refused(string method) =>
        await AssertErrorAsync(await GetAsync(A, "/v1.0/invoke/b/method/" + method), 500, "ERR_DIRECT_INVOKE", "forbidden character");

    [Fact]
    public async Task Headers_pass_and_the_identity_of_both_apps_is_added()
    {
        using var response = await GetAsync(
            A, "/v1.0/invoke/b/method/headers", ("Authorization", "Bearer tok"), ("X-Api-Key", "k1"), ("Cookie", "s=1"), ("Accept", "*/*"), ("X-Forwarded-For", "10.0.0.9"),
            ("dapr-foo", "f"), ("dapr-app-id", "b"), ("dapr-api-token", "secret"), ("grpc-timeout", "1S"), ("TE", "trailers"), ("Proxy-Authorization", "p"), ("Keep-Alive", "5"));
        var headers = (await ReadJsonAsync(response)).GetProperty("headers");
        string? Header(string name) => HeaderOf(headers, name);
        Assert.Equal("Bearer tok", Header("Authorization"));
        Assert.Equal("k1", Header("X-Api-Key"));
        Assert.Equal("s=1", Header("Cookie"));
        Assert.Equal("*/*", Header("Accept"));
        Assert.Equal("f", Header("dapr-foo") ?? Header("Dapr-Foo"));
        Assert.Equal("a", Header("Dapr-Caller-App-Id"));
        Assert.Equal("default", Header("Dapr-Caller-Namespace"));
        Assert.Equal("b", Header("Dapr-Callee-App-Id"));
        Assert.StartsWith("for=127.0.0.1;by=127.0.0.1;host=", Header("Forwarded"));
        Assert.NotEmpty(Header("X-Forwarded-Host")!);
        Assert.StartsWith("10.0.0.9", Header("X-Forwarded-For"));
        Assert.Contains("127.0.0.1", Header("X-Forwarded-For"));
        Assert.Equal("1S", Header("Dapr-Grpc-Timeout"));
        Assert.Equal(Pair.AppB.Address.Authority, Header("Host"));
        Assert.Equal("gzip", Header("Accept-Encoding"));
        Assert.StartsWith("Go-http-client", Header("User-Agent"));
        foreach (var gone in new[] { "dapr-app-id", "dapr-api-token", "TE", "Proxy-Authorization", "Keep-Alive", "grpc-timeout", "Connection", "Upgrade" })
            Assert.Null(Header(gone));
    }

    /// <summary>Whatever the case of its name, which servers change as they like.</summary>
    private static string? HeaderOf(System.Text.Json.JsonElement headers, string name) =>
        headers.EnumerateObject().Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value.GetString()).SingleOrDefault();

    [Fact]
    public async Task Without_tracing_the_trace_header_is_all_zeros_both_ways_and_a_valid_one_passes()
    {
        const string None = "00-00000000000000000000000000000000-0000000000000000-00";
        using var without = await GetAsync(A, "/v1.0/invoke/b/method/x");
        Assert.Equal(None, HeaderOf((await ReadJsonAsync(without)).GetProperty("headers"), "traceparent"));
        Assert.Equal(None, without.Headers.GetValues("Traceparent").Single());
        const string Own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        using var with = await GetAsync(A, "/v1.0/invoke/b/method/x", ("traceparent", Own), ("tracestate", "k=v"), ("baggage", "b=1"));
        var headers = (await ReadJsonAsync(with)).GetProperty("headers");
        Assert.Equal(Own, HeaderOf(headers, "traceparent"));
        Assert.Equal("k=v", headers.GetProperty("tracestate").GetString());
        Assert.Equal("b=1", headers.GetProperty("baggage").GetString());
    }

    [Fact]
    public async Task Own_app_is_called_without_identity_headers()
    {
        using var response = await GetAsync(B, "/v1.0/invoke/b/method/x");
        var headers = (await ReadJsonAsync(response)).GetProperty("headers");
        foreach (var absent in new[] { "Dapr-Caller-App-Id", "Dapr-Callee-App-Id", "Forwarded", "X-Forwarded-Host" })
            Assert.False(headers.TryGetProperty(absent, out _), absent);
    }

    [Theory]
    [InlineData("GET"), InlineData("POST"), InlineData("PUT"), InlineData("PATCH"), InlineData("DELETE"), InlineData("OPTIONS")]
    public async Task Any_verb_goes(string verb)
    {
        using var response = await A.SendAsync(Request(new HttpMethod(verb), A.BaseAddress!, "/v1.0/invoke/b/method/verb"));
        Assert.Equal(verb, (await ReadJsonAsync(response)).GetProperty("method").GetString());
    }

    [Fact]
    public async Task Head_goes_and_has_no_body()
    {
        using var response = await A.SendAsync(Request(HttpMethod.Head, A.BaseAddress!, "/v1.0/invoke/b/method/verb"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Length_given_stays_a_length_and_chunks_stay_chunks()
    {
        using var sized = await A.PostAsync("/v1.0/invoke/b/method/body", new StringContent("12345"));
        var seen = await ReadJsonAsync(sized);
        Assert.Equal("5", seen.GetProperty("headers").GetProperty("Content-Length").GetString());
        Assert.Equal("12345", seen.GetProperty("body").GetString());
        using var request = Request(HttpMethod.Post, A.BaseAddress!, "/v1.0/invoke/b/method/body", new StringContent("12345"));
        request.Headers.TransferEncodingChunked = true;
        using var chunked = await A.SendAsync(request);
        seen = await ReadJsonAsync(chunked);
        Assert.Equal("chunked", seen.GetProperty("headers").GetProperty("Transfer-Encoding").GetString());
        Assert.Equal("12345", seen.GetProperty("body").GetString());
    }

    [Theory]
    [InlineData(200), InlineData(201), InlineData(204), InlineData(301), InlineData(302), InlineData(304), InlineData(400), InlineData(401), InlineData(404), InlineData(409), InlineData(429)]
    [InlineData(500), InlineData(502), InlineData(503), InlineData(504)]
    public async Task Status_body_and_headers_pass_unchanged(int status)
    {
        var hasBody = status is not (204 or 304);
        var body = hasBody ? $$$"""{"error":{"message":"app says {{{status}}}","type":"x"}}""" : "";
        Pair.AppB.On("/status/" + status, async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "7";
            context.Response.Headers.ETag = "\"e\"";
            context.Response.Headers.Location = "/elsewhere";
            context.Response.Headers["X-App-Multi"] = new(["one", "two"]);
            context.Response.Headers["grpc-thing"] = "g";
            if (hasBody)
            {
                context.Response.ContentType = "application/json; charset=utf-8";
                await context.Response.WriteAsync(body);
            }
        });
        using var response = await GetAsync(A, "/v1.0/invoke/b/method/status/" + status);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal("7", response.Headers.GetValues("Retry-After").Single());
        Assert.Equal("/elsewhere", response.Headers.GetValues("Location").Single());
        Assert.Equal(["one", "two"], response.Headers.GetValues("X-App-Multi"));
        Assert.Equal("g", response.Headers.GetValues("Dapr-grpc-thing").Single());
        if (hasBody)
            Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        if (status >= 400)
            Assert.Equal(Encoding.UTF8.GetByteCount(body), response.Content.Headers.ContentLength);
        else if (hasBody && IsFramed)
            Assert.True(response.Headers.TransferEncodingChunked);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json, text/event-stream")]
    [InlineData("text/event-stream")]
    public async Task Response_is_streamed_piece_by_piece(string? accept)
    {
        var path = Unique("/sse");
        using var gate = new SemaphoreSlim(0);
        Pair.AppB.On(path, async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 4; i++)
            {
                await context.Response.WriteAsync($"data: {i}\n\n");
                await context.Response.Body.FlushAsync();
                await gate.WaitAsync(TimeSpan.FromSeconds(10));
            }
        });
        using var request = Request(HttpMethod.Get, A.BaseAddress!, "/v1.0/invoke/b/method" + path, null, accept is null ? [] : [("Accept", accept)]);
        using var response = await A.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[256];
        for (var i = 0; i < 4; i++)
        {
            // The app does not go on before this piece has been read, so a buffer anywhere on the way would stand still here.
            var read = await stream.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Equal($"data: {i}\n\n", Encoding.UTF8.GetString(buffer, 0, read));
            gate.Release();
        }

        Assert.Equal(0, await stream.ReadAsync(buffer));
    }

    [Fact]
    public async Task Headers_come_with_the_first_piece_of_the_body_and_not_before()
    {
        var path = Unique("/late");
        var begin = new TaskCompletionSource();
        var flushed = new TaskCompletionSource();
        Pair.AppB.On(path, async context =>
        {
            await context.Response.Body.FlushAsync();
            flushed.SetResult();
            await begin.Task.WaitAsync(TimeSpan.FromSeconds(20));
            await context.Response.WriteAsync("x");
        });
        var call = A.SendAsync(Request(HttpMethod.Get, A.BaseAddress!, "/v1.0/invoke/b/method" + path), HttpCompletionOption.ResponseHeadersRead);
        await flushed.Task.WaitAsync(TimeSpan.FromSeconds(10));
        // The callee's sidecar reads the first piece before it sends its first message, which carries both.
        Assert.NotSame(call, await Task.WhenAny(call, Task.Delay(300)));
        begin.SetResult();
        using var response = await call;
        Assert.Equal("x", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Request_body_is_streamed_piece_by_piece()
    {
        var path = "/stream/" + Guid.NewGuid().ToString("N");
        var pieces = System.Threading.Channels.Channel.CreateUnbounded<int>();
        Pair.AppB.On(path, async context =>
        {
            var buffer = new byte[4096];
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read)
                pieces.Writer.TryWrite(read);
            pieces.Writer.Complete();
        });
        var pipe = new System.IO.Pipelines.Pipe();
        var sending = A.PostAsync("/v1.0/invoke/b/method" + path, new FlushedContent(pipe.Reader));
        for (var i = 0; i < 5; i++)
        {
            await pipe.Writer.WriteAsync(new byte[1000]);
            Assert.Equal(1000, await pieces.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
        }

        await pipe.Writer.CompleteAsync();
        using var response = await sending;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Caller_that_leaves_cancels_the_app_at_once(bool afterFirstByte)
    {
        var path = Unique("/hang");
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        Pair.AppB.On(path, async context =>
        {
            if (afterFirstByte)
            {
                await context.Response.WriteAsync("first");
                await context.Response.Body.FlushAsync();
            }

            using var registration = context.RequestAborted.Register(() => cancelled.TrySetResult());
            started.SetResult();
            await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
        });

        using var leave = new CancellationTokenSource();
        var call = A.SendAsync(Request(HttpMethod.Get, A.BaseAddress!, "/v1.0/invoke/b/method" + path), HttpCompletionOption.ResponseHeadersRead, leave.Token);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(10));
        using var response = afterFirstByte ? await call : null;
        var clock = Stopwatch.StartNew();
        await leave.CancelAsync();
        response?.Dispose();
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1.5), $"took {clock.Elapsed}");
        if (!afterFirstByte)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task App_that_dies_mid_stream_looks_like_one_that_finished()
    {
        var path = Unique("/truncated");
        var seen = new TaskCompletionSource();
        Pair.AppB.On(path, async context =>
        {
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await seen.Task.WaitAsync(TimeSpan.FromSeconds(10));
            context.Abort();
        });
        using var response = await A.SendAsync(Request(HttpMethod.Get, A.BaseAddress!, "/v1.0/invoke/b/method" + path), HttpCompletionOption.ResponseHeadersRead);
        using var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[100];
        Assert.Equal(9, await stream.ReadAsync(buffer));
        seen.SetResult();
        Assert.Equal(0, await stream.ReadAsync(buffer));
        using var again = await GetAsync(A, "/v1.0/invoke/b/method/still-there");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("TEXT/event-stream")]
    public async Task Accept_of_exactly_event_stream_forces_the_content_type(string accept)
    {
        var path = Unique("/created");
        Pair.AppB.Answer(path, 201, """{"x":1}""");
        using var response = await GetAsync(A, "/v1.0/invoke/b/method" + path, ("Accept", accept));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
        Assert.True(response.Headers.CacheControl!.NoCache);
        Assert.Equal("""{"x":1}""", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(204, "EOF")]
    [InlineData(302, "no response received from stream")]
    [InlineData(429, "no response received from stream")]
    [InlineData(500, "no response received from stream")]
    public async Task Accept_of_exactly_event_stream_loses_every_other_status(int status, string message)
    {
        var path = Unique("/lost");
        Pair.AppB.Answer(path, status);
        await AssertErrorAsync(await GetAsync(A, "/v1.0/invoke/b/method" + path, ("Accept", "text/event-stream")), 500, "ERR_DIRECT_INVOKE", message);
        using var any = await GetAsync(A, "/v1.0/invoke/b/method" + path, ("Accept", "application/json, text/event-stream"));
        Assert.Equal(status, (int)any.StatusCode);
        using var own = await GetAsync(B, "/v1.0/invoke/b/method" + path, ("Accept", "text/event-stream"));
        Assert.Equal(status, (int)own.StatusCode);
    }

    [Fact]
    public async Task Unknown_app_is_an_error_of_the_sidecar() =>
        await AssertErrorAsync(await GetAsync(A, "/v1.0/invoke/nope/method/x"), 500, "ERR_DIRECT_INVOKE", "failed to invoke, id: nope, err: ");

    [Fact]
    public async Task App_ids_are_case_sensitive() =>
        await AssertErrorAsync(await GetAsync(A, "/v1.0/invoke/B/method/x"), 500, "ERR_DIRECT_INVOKE", "failed to invoke, id: B, err: ");

    [Theory]
    [InlineData("GET", "/x")]
    [InlineData("GET", "/v1.0/invoke/b")]
    [InlineData("GET", "/v1.0/nosuch")]
    [InlineData("GET", "/v1.0/publish/pubsub/orders")]
    [InlineData("POST", "/v1.0/publish/pubsub")]
    [InlineData("GET", "/v1.0/state/sqlstore/a/b")]
    public async Task What_is_no_route_lacks_an_app_id(string verb, string path) =>
        await AssertErrorAsync(
            await A.SendAsync(Request(new HttpMethod(verb), A.BaseAddress!, path)), 404, "ERR_DIRECT_INVOKE", "failed getting app id either from the URL path or the header dapr-app-id");

    [Fact]
    public async Task Api_route_wins_over_the_app_id_header()
    {
        using var own = await GetAsync(A, "/v1.0/healthz", ("dapr-app-id", "b"));
        Assert.Equal(HttpStatusCode.NoContent, own.StatusCode);
        using var apps = await GetAsync(A, "/v1/chat/completions", ("dapr-app-id", "b"));
        Assert.Equal("/v1/chat/completions", (await ReadJsonAsync(apps)).GetProperty("target").GetString());
    }

    [Fact]
    public async Task Body_up_to_the_limit_passes_and_one_byte_more_fails()
    {
        const int Limit = 4 * 1024 * 1024;
        using var fits = await A.PostAsync("/v1.0/invoke/b/method/large", new ByteArrayContent(new byte[Limit]));
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        using var request = Request(HttpMethod.Post, A.BaseAddress!, "/v1.0/invoke/b/method/large", new ByteArrayContent(new byte[Limit + 65536]));
        using var tooLarge = await A.SendAsync(request);
        await AssertErrorAsync(tooLarge, 500, "ERR_DIRECT_INVOKE", "");
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(3_000_000)]
    public async Task App_that_answers_before_it_has_read_the_body_is_heard(int bytes)
    {
        var path = "/stream/" + Guid.NewGuid().ToString("N");
        Pair.AppB.On(path, context =>
        {
            context.Response.StatusCode = 401;
            return context.Response.WriteAsync("no");
        });
        using var request = Request(HttpMethod.Post, A.BaseAddress!, "/v1.0/invoke/b/method" + path, new ByteArrayContent(new byte[bytes]));
        request.Headers.TransferEncodingChunked = true;
        using var response = await A.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("no", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Upgrade_arrives_as_a_plain_get()
    {
        using var response = await GetAsync(A, "/v1.0/invoke/b/method/ws", ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "x"));
        var seen = await ReadJsonAsync(response);
        Assert.Equal("GET", seen.GetProperty("method").GetString());
        Assert.False(seen.GetProperty("headers").TryGetProperty("Upgrade", out _));
        Assert.False(seen.GetProperty("headers").TryGetProperty("Connection", out _));
    }

    [Fact]
    public async Task Large_response_passes()
    {
        var path = Unique("/big");
        Pair.AppB.On(path, context => context.Response.Body.WriteAsync(new byte[10_000_000]).AsTask());
        using var response = await GetAsync(A, "/v1.0/invoke/b/method" + path);
        Assert.Equal(10_000_000, (await response.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Headers_beyond_the_read_buffer_are_refused()
    {
        using var fits = await GetAsync(A, "/v1.0/invoke/b/method/x", ("X-Big", new string('x', 5000)));
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        using var tooBig = await GetAsync(A, "/v1.0/invoke/b/method/x", ("X-Big", new string('x', 20_000)));
        Assert.Equal(431, (int)tooBig.StatusCode);
    }

    [Fact]
    public async Task App_token_and_trailing_compression_stay_out_of_the_callers_sight()
    {
        var path = Unique("/zip");
        Pair.AppB.On(path, async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using var zip = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.Fastest);
            await zip.WriteAsync("hello"u8.ToArray());
        });
        using var unasked = await GetAsync(A, "/v1.0/invoke/b/method" + path);
        Assert.Empty(unasked.Content.Headers.ContentEncoding);
        Assert.Equal("hello", await unasked.Content.ReadAsStringAsync());
        using var asked = await GetAsync(A, "/v1.0/invoke/b/method" + path, ("Accept-Encoding", "gzip"));
        Assert.Equal(["gzip"], asked.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Headers_without_a_body_come_with_the_end_of_the_answer()
    {
        var path = Unique("/empty");
        Pair.AppB.On(path, async context =>
        {
            context.Response.Headers["x-app"] = "yes";
            await context.Response.StartAsync();
        });
        using var response = await GetAsync(A, "/v1.0/invoke/b/method" + path);
        Assert.Equal("yes", response.Headers.GetValues("x-app").Single());
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task App_that_ends_the_connection_before_it_answers_is_an_error_of_the_sidecar()
    {
        var path = Unique("/gone");
        Pair.AppB.On(path, context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await AssertErrorAsync(await GetAsync(A, "/v1.0/invoke/b/method" + path), 500, "ERR_DIRECT_INVOKE", "error invoking app channel: Get \"");
    }

    [Fact]
    public async Task App_that_fails_before_it_answers_is_a_500_of_its_own()
    {
        var path = Unique("/fails");
        Pair.AppB.On(path, _ => throw new InvalidOperationException("the app's own"));
        using var response = await GetAsync(A, "/v1.0/invoke/b/method" + path);
        Assert.Equal(500, (int)response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Large_error_is_gathered_and_passes_whole()
    {
        var path = Unique("/large-error");
        Pair.AppB.On(path, async context =>
        {
            context.Response.StatusCode = 502;
            for (var i = 0; i < 40; i++)
                await context.Response.Body.WriteAsync(new byte[10_000]);
        });
        using var response = await GetAsync(A, "/v1.0/invoke/b/method" + path);
        Assert.Equal(502, (int)response.StatusCode);
        Assert.Equal(400_000, response.Content.Headers.ContentLength);
        Assert.Equal(400_000, (await response.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Caller_whose_body_breaks_breaks_the_request_of_the_app()
    {
        var path = "/stream/" + Guid.NewGuid().ToString("N");
        var end = new TaskCompletionSource();
        Pair.AppB.On(path, async context =>
        {
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
                end.SetResult();
            }
            catch (Exception e)
            {
                end.SetException(e);
            }
        });
        var pipe = new System.IO.Pipelines.Pipe();
        var sending = A.PostAsync("/v1.0/invoke/b/method" + path, new StreamContent(pipe.Reader.AsStream()));
        await pipe.Writer.WriteAsync(new byte[1000]);
        await pipe.Writer.CompleteAsync(new IOException("no more"));
        await Assert.ThrowsAsync<HttpRequestException>(() => sending);
        await Assert.ThrowsAnyAsync<Exception>(() => end.Task.WaitAsync(TimeSpan.FromSeconds(10)));
    }
}
