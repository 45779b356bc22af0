using Gateway.Hosting;

namespace Gateway.Tests.Contracts;

public class SocketThreadsTests
{
    private const string Setting = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    [Theory]
    [InlineData(null, "1")]
    [InlineData("0", "0")]
    public void What_the_environment_says_comes_first(string? set, string expected)
    {
        // This process has looked at it long ago.
        var before = Environment.GetEnvironmentVariable(Setting);
        try
        {
            Environment.SetEnvironmentVariable(Setting, set);
            SocketThreads.WorkInline();
            Assert.Equal(expected, Environment.GetEnvironmentVariable(Setting));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Setting, before);
        }
    }

    [Theory]
    [InlineData(SocketThreads.LongWorkBytes - 1, false)]
    [InlineData(SocketThreads.LongWorkBytes, true)]
    public async Task What_takes_long_is_done_by_the_pool(int bytes, bool byThePool)
    {
        var where = await Task.Factory.StartNew(
            () => WorkAsync(bytes), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        Assert.Equal(byThePool, where);
    }

    /// <summary>Whether another thread, of the pool, has done the work.</summary>
    private static async Task<bool> WorkAsync(int bytes)
    {
        Assert.False(Thread.CurrentThread.IsThreadPoolThread);
        await SocketThreads.LeaveAsync(bytes);
        return Thread.CurrentThread.IsThreadPoolThread;
    }
}
