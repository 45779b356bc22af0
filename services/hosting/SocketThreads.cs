using System.Runtime.CompilerServices;

namespace Gateway.Hosting;

/// <summary>
/// Which threads work on what sockets bring. A service's requests wait for others nearly all the time, and what they do in between takes
/// microseconds, less than handing it to another thread does: the thread that waits for the sockets does it itself. Whatever blocks, or takes
/// long, it must not do: its other connections would wait, too.
/// </summary>
public static class SocketThreads
{
    /// <summary>From here on looking through a body takes about a tenth of a millisecond or more.</summary>
    internal const int LongWorkBytes = 256 * 1024;

    private const string Setting = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// For a process, before its first socket. The runtime looks at the environment only, where a setting (1 or 0) takes precedence over ours.
    /// It then has a thread for each core.
    /// </summary>
    public static void WorkInline()
    {
        if (Environment.GetEnvironmentVariable(Setting) is null)
            Environment.SetEnvironmentVariable(Setting, "1");
    }

    /// <summary>
    /// What follows the await is done by a thread of the pool if so many bytes are about to be worked on; to be awaited where that work is, since
    /// a method that has left its thread may be done before its caller looks.
    /// </summary>
    public static Leaving LeaveAsync(int bytes) => new(bytes >= LongWorkBytes);

    /// <summary>To be awaited at once.</summary>
    public readonly record struct Leaving(bool Leaves) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => !Leaves;

        public Leaving GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static next => next(), continuation, preferLocal: false);

        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static next => next(), continuation, preferLocal: false);
    }
}
