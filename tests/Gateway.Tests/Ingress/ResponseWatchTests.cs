using Gateway.Ingress.Relay;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Ingress;

/// <summary>What ends the wait for an answer that is not streamed: no ping is due there, so the idle timeout has only itself to be noticed by.</summary>
public sealed class ResponseWatchTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _client = new();
    private readonly MemoryStream _sent = new();
    private readonly DefaultHttpContext _context;

    public ResponseWatchTests()
    {
        _context = new DefaultHttpContext { RequestAborted = _client.Token };
        _context.Response.Body = _sent;
    }

    public void Dispose()
    {
        _client.Dispose();
        _sent.Dispose();
    }

    [Fact]
    public async Task Services_that_are_silent_for_too_long_are_given_up_without_a_word_to_the_client()
    {
        await using var watch = new ResponseWatch(_context, TimeProvider.System, pingInterval: null, drain: TimeSpan.Zero, Long, CancellationToken.None);
        watch.SetIdleTimeout(Short);
        await CancelledAsync(watch);
        Assert.False(watch.ClientLeft);
        Assert.Empty(_sent.ToArray());
    }

    [Fact]
    public async Task The_next_route_gets_its_own_time()
    {
        await using var watch = new ResponseWatch(_context, TimeProvider.System, pingInterval: null, drain: TimeSpan.Zero, Long, CancellationToken.None);
        watch.SetIdleTimeout(Short);
        watch.SetIdleTimeout(Long);
        await Task.Delay(3 * Short);
        Assert.False(watch.Token.IsCancellationRequested);
        watch.SetIdleTimeout(Short);
        await CancelledAsync(watch);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_ends_the_call_at_once_or_after_the_drain(bool drains)
    {
        var drain = drains ? 3 * Short : TimeSpan.Zero;
        await using var watch = new ResponseWatch(_context, TimeProvider.System, pingInterval: null, drain, Long, CancellationToken.None);
        watch.SetIdleTimeout(Long);
        await _client.CancelAsync();
        Assert.True(watch.ClientLeft);
        if (drains)
            Assert.False(watch.Token.IsCancellationRequested);
        await CancelledAsync(watch);
    }

    private static async Task CancelledAsync(ResponseWatch watch)
    {
        var cancelled = new TaskCompletionSource();
        await using var registration = watch.Token.UnsafeRegister(_ => cancelled.TrySetResult(), null);
        await cancelled.Task.WaitAsync(Limit);
    }
}
