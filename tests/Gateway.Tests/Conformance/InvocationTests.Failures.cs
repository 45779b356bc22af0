using System.Net;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Conformance;

/// <summary>What is refused, limited or broken off, and who is told what.</summary>
public partial class InvocationTests
{
    [Theory]
    [InlineData("x%3Fy=1")]
    [InlineData("x%23y")]
    public async Task Path_that_hides_a_query_or_fragment_is_refused(string method) =>
        await AssertErrorAsync(await GetAsync(A, "/v1.0/invoke/b/method/" + method), 500, "ERR_DIRECT_INVOKE", "forbidden character");

    [Fact]
    public async Task Unknown_app_is_an_error_of_the_sidecar() =>
        await AssertErrorAsync(await GetAsync(A, "/v1.0/invoke/nope/method/x"), 500, "ERR_DIRECT_INVOKE", "failed to invoke, id: nope, err: ");

    [Theory]
    [InlineData("GET", "/x")]
    [InlineData("GET", "/v1.0/invoke/b")]
    [InlineData("GET", "/v1.0/nosuch")]
    [InlineData("GET", "/v1.0/publish/pubsub/orders")]
    [InlineData("POST", "/v1.0/publish/pubsub")]
    [InlineData("GET", "/v1.0/state/sqlstore/a/b")]
    public async Task What_is_no_route_lacks_an_app_id(string verb, string path) =>
        await AssertErrorAsync(
            await A.SendAsync(Request(new HttpMethod(verb), A.BaseAddress!, path)), 404, "ERR_DIRECT_INVOKE",
            "failed getting app id either from the URL path or the header dapr-app-id");

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
    public async Task Headers_beyond_the_read_buffer_are_refused()
    {
        using var fits = await GetAsync(A, "/v1.0/invoke/b/method/x", ("X-Big", new string('x', 5000)));
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        using var tooBig = await GetAsync(A, "/v1.0/invoke/b/method/x", ("X-Big", new string('x', 20_000)));
        Assert.Equal(431, (int)tooBig.StatusCode);
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
