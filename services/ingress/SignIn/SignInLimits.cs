using System.Net;
using System.Net.Sockets;
using Gateway.Hosting;

namespace Gateway.Ingress.SignIn;

/// <summary>
/// How often one address, and everybody together, may start a sign-in or try a code, within ten minutes. Each instance counts by itself. What is open at a
/// time is bounded with it, since each ends after ten minutes.
/// </summary>
internal sealed class SignInLimits(TimeProvider time)
{
    public const int StartsPerAddress = 30;
    public const int CodesPerAddress = 10;
    private const int MostOfAll = 3000;
    private const int MostAddresses = 20_000;
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly ExpiringMap<(string What, IPAddress From), Counter> _addresses = new(time, MostAddresses);
    private readonly ExpiringMap<string, Counter> _all = new(time);

    public bool MayStart(HttpContext context) => May("start", StartsPerAddress, context);

    public bool MayTryCode(HttpContext context) => May("code", CodesPerAddress, context);

    private bool May(string what, int most, HttpContext context) =>
        Count(_addresses, (what, AddressOf(context))) <= most && Count(_all, what) <= MostOfAll;

    private static int Count<T>(ExpiringMap<T, Counter> counters, T of)
        where T : notnull
    {
        if (!counters.TryGet(of, out var counter))
            counters.Set(of, counter = new(), Window);
        return counter.Next();
    }

    /// <summary>Of IPv6 the network, which is one customer's.</summary>
    private static IPAddress AddressOf(HttpContext context)
    {
        const int NetworkBytes = 8;
        var address = context.Connection.RemoteIpAddress ?? IPAddress.Any;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }

    private sealed class Counter
    {
        private int _count;

        public int Next() => Interlocked.Increment(ref _count);
    }
}
