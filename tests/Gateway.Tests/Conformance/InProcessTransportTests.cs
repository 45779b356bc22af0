using System.Net;
using System.Text;
using Gateway.Local.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Conformance;

/// <summary>Calls within the process: what the two ends see of each other is what they would see over a socket.</summary>
[Trait(ConformanceTests.Daprd, ConformanceTests.Ours)]
public sealed class InProcessTransportTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private HttpClient _memory = null!;
    private readonly HttpClient _socket = new(new SocketsHttpHandler { UseProxy = false });
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private static readonly AsyncLocal<string?> Ambient = new();
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;
    private string _url = "";

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        InProcessServer.Add(builder.Services);
        _app = builder.Build();
        _app.MapPost("/echo", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.Body.WriteAsync(body.ToArray());
        });
        _app.MapGet("/cut", async context =>
        {
            await context.Response.WriteAsync("the beginning");
            await context.Response.Body.FlushAsync();
            await _go.Task.WaitAsync(Timeout);
            context.Abort();
        });
        _app.MapGet("/wait", async context =>
        {
            await context.Response.Body.FlushAsync();
            using var registration = context.RequestAborted.Register(() => _left.TrySetResult());
            await _left.Task.WaitAsync(Timeout);
        });
        _app.Map("/shown/{**rest}", async (HttpContext context) =>
        {
            var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            var request = context.Request;
            var headers = string.Join('\n', request.Headers.Select(h => $"{h.Key}: {h.Value}").Order(StringComparer.Ordinal));
            return
                $"{request.Method} {request.Path} {request.QueryString} {request.Protocol} {request.ContentLength} "
                + $"{context.Features.Get<IHttpRequestFeature>()!.RawTarget}\n{headers}\n{body}";
        });
        _app.MapGet("/answer", async context =>
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers["x-late"] = "yes";
                return Task.CompletedTask;
            });
            context.Response.StatusCode = 418;
            context.Response.Headers["x-two"] = new(["a", "b"]);
            context.Response.ContentType = "text/plain";
            context.Response.ContentLength = 5;
            await context.Response.WriteAsync("short");
        });
        _app.MapGet("/throw", void () => throw new InvalidOperationException("before"));
        _app.MapGet("/throw-late", async context =>
        {
            await context.Response.WriteAsync("the beginning");
            throw new InvalidOperationException("after");
        });
        _app.MapGet("/ambient", () => Ambient.Value ?? "none");
        _app.MapGet("/careless", async context =>
        {
            using var registration = context.RequestAborted.Register(() => throw new InvalidOperationException("careless"));
            using var seen = context.RequestAborted.Register(() => _left.TrySetResult());
            await context.Response.Body.FlushAsync();
            await _left.Task.WaitAsync(Timeout);
        });
        _app.MapGet("/silent", async context =>
        {
            using var registration = context.RequestAborted.Register(() => _left.TrySetResult());
            await _left.Task.WaitAsync(Timeout);
        });
        _app.MapPost("/read", async context =>
        {
            try
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
                _read.SetResult();
            }
            catch (Exception e)
            {
                _read.SetException(e);
            }
        });
        await _app.StartAsync();
        _url = _app.Urls.First();
        _memory = new HttpClient(((InProcessServer)_app.Services.GetRequiredService<IServer>()).Door);
    }

    public async Task DisposeAsync()
    {
        _memory.Dispose();
        _socket.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("/shown/a%2Fb%20c?x=1&y=%41", "body")]
    [InlineData("/shown", null)]
    public async Task Server_sees_of_a_request_what_it_sees_over_a_socket(string path, string? body)
    {
        Assert.Equal(await ShownAsync(_socket), await ShownAsync(_memory));

        async Task<string> ShownAsync(HttpClient client)
        {
            using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri(_url + path));
            request.Headers.TryAddWithoutValidation("x-two", ["a", "b"]);
            request.Headers.TryAddWithoutValidation("User-Agent", "One/1 Two/2");
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
            using var response = await client.SendAsync(request).WaitAsync(Timeout);
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task Client_sees_of_an_answer_what_it_sees_over_a_socket()
    {
        Assert.Equal(await ShownAsync(_socket), await ShownAsync(_memory));

        async Task<string> ShownAsync(HttpClient client)
        {
            using var response = await client.GetAsync(_url + "/answer").WaitAsync(Timeout);
            var headers = response.Headers.NonValidated.Where(h => h.Key is not ("Date" or "Server")).Concat(response.Content.Headers.NonValidated)
                .SelectMany(h => h.Value.Select(v => $"{h.Key}: {v}")).Order(StringComparer.Ordinal);
            return $"{(int)response.StatusCode}\n{string.Join('\n', headers)}\n{await response.Content.ReadAsStringAsync()}";
        }
    }

    [Fact]
    public async Task Body_of_unknown_length_is_read_while_it_is_sent()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url + "/echo")
        {
            Content = new StreamContent(new MemoryStream("piece by piece"u8.ToArray())),
        };
        request.Headers.TransferEncodingChunked = true;
        using var response = await _memory.SendAsync(request).WaitAsync(Timeout);
        Assert.Equal("piece by piece", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Request_whose_body_breaks_fails_on_both_sides()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url + "/read") { Content = new BrokenContent() };
        await Assert.ThrowsAsync<HttpRequestException>(() => _memory.SendAsync(request).WaitAsync(Timeout));
        await Assert.ThrowsAnyAsync<IOException>(() => _read.Task.WaitAsync(Timeout));
    }

    [Fact]
    public async Task Cancelling_before_the_answer_ends_the_call_and_aborts_the_request()
    {
        using var patience = new CancellationTokenSource();
        var call = _memory.GetAsync(_url + "/silent", patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Timeout));
        await _left.Task.WaitAsync(Timeout);
    }

    [Fact]
    public async Task Callback_that_throws_when_the_client_leaves_takes_nothing_with_it()
    {
        using var response = await _memory.GetAsync(_url + "/careless", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Timeout);
        response.Dispose();
        await _left.Task.WaitAsync(Timeout);
        Assert.Equal("none", await _memory.GetStringAsync(_url + "/ambient").WaitAsync(Timeout));
    }

    [Fact]
    public async Task Exception_before_the_answer_is_a_500_and_after_its_beginning_a_break()
    {
        using var before = await _memory.GetAsync(_url + "/throw").WaitAsync(Timeout);
        Assert.Equal(500, (int)before.StatusCode);
        Assert.Empty(await before.Content.ReadAsByteArrayAsync());
        await Assert.ThrowsAsync<HttpRequestException>(() => _memory.GetStringAsync(_url + "/throw-late").WaitAsync(Timeout));
    }

    [Fact]
    public async Task Nothing_of_the_callers_context_reaches_the_server()
    {
        Ambient.Value = "the caller's";
        Assert.Equal("none", await _memory.GetStringAsync(_url + "/ambient").WaitAsync(Timeout));
    }

    [Fact]
    public async Task Stopping_waits_for_requests_under_way_and_takes_no_more()
    {
        using var response = await _memory.GetAsync(_url + "/cut", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Timeout);
        var stopping = _app.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            while (true)
                await _memory.GetAsync(_url + "/ambient").WaitAsync(Timeout);
        });
        Assert.False(stopping.IsCompleted);
        _go.SetResult();
        await stopping.WaitAsync(Timeout);
    }

    [Fact]
    public async Task Large_body_goes_through_both_ways_at_the_readers_pace()
    {
        var body = new byte[9 * 1024 * 1024];
        Random.Shared.NextBytes(body);
        using var response = await _memory.PostAsync(_url + "/echo", new ByteArrayContent(body)).WaitAsync(Timeout);
        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync().WaitAsync(Timeout));
    }

    [Fact]
    public async Task Client_that_leaves_aborts_the_request()
    {
        using var response = await _memory.GetAsync(_url + "/wait", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Timeout);
        response.Dispose();
        await _left.Task.WaitAsync(Timeout);
    }

    [Fact]
    public async Task Client_that_gives_up_a_read_aborts_the_request()
    {
        using var response = await _memory.GetAsync(_url + "/wait", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Timeout);
        await using var stream = await response.Content.ReadAsStreamAsync();
        using var patience = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stream.CopyToAsync(Stream.Null, patience.Token));
        await _left.Task.WaitAsync(Timeout);
    }

    [Fact]
    public async Task Server_that_aborts_breaks_the_answer_after_what_was_sent()
    {
        using var response = await _memory.GetAsync(_url + "/cut", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Timeout);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var text = new byte["the beginning".Length];
        await stream.ReadExactlyAsync(text).AsTask().WaitAsync(Timeout);
        Assert.Equal("the beginning", Encoding.UTF8.GetString(text));
        _go.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(async () => await stream.CopyToAsync(Stream.Null).WaitAsync(Timeout));
    }

    [Fact]
    public async Task Stopped_listener_is_found_no_more()
    {
        await _memory.GetStringAsync(_url + "/ambient");
        await _app.StopAsync();
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => _memory.GetAsync(_url + "/ambient").WaitAsync(Timeout));
        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
    }

    private sealed class BrokenContent : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("the beginning"u8.ToArray());
            throw new IOException("no more");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
