using Gateway.Hosting;

namespace Gateway.AdminConsole.Sessions;

/// <summary>
/// How often sign-in may fail within a minute, by address, which ingress has told. Not in all: whoever can reach the page could keep every admin out by it,
/// and the admin API takes as many tries beside it.
/// </summary>
internal sealed class FailedSignIns(TimeProvider time)
{
    public const int PerAddress = 10;
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly ExpiringMap<string, Counter> _addresses = new(time);

    /// <summary>How long to wait; zero: go on.</summary>
    public TimeSpan WaitFor(string address) =>
        _addresses.TryGet(address, out var counter) && counter.Value >= PerAddress ? _addresses.LeftOf(address) : TimeSpan.Zero;

    public void Count(string address)
    {
        // A window begins with its first failure and is not made longer by others.
        if (!_addresses.TryGet(address, out var counter))
            _addresses.Set(address, counter = new Counter(), Window);
        Interlocked.Increment(ref counter.Value);
    }

    private sealed class Counter
    {
        public int Value;
    }
}
