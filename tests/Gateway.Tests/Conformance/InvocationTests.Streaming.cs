using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Conformance;

/// <summary>Bodies in pieces, both ways, and what is seen of an end.</summary>
public partial class InvocationTests
{
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
        using var response = await A.SendAsync(
            Request(HttpMethod.Get, A.BaseAddress!, "/v1.0/invoke/b/method" + path), HttpCompletionOption.ResponseHeadersRead);
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
        // The own app's 204 is the one status that changes there.
        Assert.Equal(status == 204 ? 200 : status, (int)own.StatusCode);
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
}
