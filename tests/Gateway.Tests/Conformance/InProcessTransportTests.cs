using System.Text;
using Gateway.Local.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Conformance;

/// <summary>Connections over memory: what HTTP's two ends see of each other is what they would see over a socket.</summary>
public sealed class InProcessTransportTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private readonly HttpClient _memory = new(new SocketsHttpHandler { ConnectCallback = InProcessTransport.ConnectAsync, UseProxy = false });
    private readonly HttpClient _socket = new(new SocketsHttpHandler { UseProxy = false });
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;
    private string _url = "";

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IConnectionListenerFactory>(p => InProcessTransport.Listen(ActivatorUtilities.CreateInstance<SocketTransportFactory>(p)));
        _app = builder.Build();
        _app.MapGet("/connection", (HttpContext context) => context.Connection.Id);
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
        await _app.StartAsync();
        _url = _app.Urls.First();
    }

    public async Task DisposeAsync()
    {
        _memory.Dispose();
        _socket.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task One_port_serves_memory_and_sockets()
    {
        Assert.StartsWith("memory-", await _memory.GetStringAsync(_url + "/connection"));
        Assert.DoesNotContain("memory-", await _socket.GetStringAsync(_url + "/connection"));
    }

    [Fact]
    public async Task Connection_is_used_again()
    {
        var first = await _memory.GetStringAsync(_url + "/connection");
        Assert.Equal(first, await _memory.GetStringAsync(_url + "/connection"));
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
        await _memory.GetStringAsync(_url + "/connection");
        await _app.StopAsync();
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => _memory.GetAsync(_url + "/connection").WaitAsync(Timeout));
        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
    }
}
