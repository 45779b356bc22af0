using System.Collections.Frozen;
using Gateway.Contracts.Names;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Gateway.Hosting;

/// <summary>
/// The headers that no hop passes on to a client or a provider, whichever way they travel. What else stops at an edge is that edge's rule:
/// ingress has the client's, the provider adapter the provider's.
/// </summary>
public static class ProxyHeaders
{
    /// <summary>Of one connection only (RFC 9110 section 7.6.1).</summary>
    public static readonly string[] HopByHop =
    [
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization, "Proxy-Connection",
        HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade,
    ];

    /// <summary>W3C trace context: between our own services each hop sets them anew, and no one else has a use for them.</summary>
    public static readonly string[] Trace = [HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.Baggage];

    /// <summary>Between our services and their sidecars.</summary>
    public static bool IsInternal(string name) =>
        name.StartsWith(GatewayHeaders.Prefix, StringComparison.OrdinalIgnoreCase) || name.StartsWith("dapr-", StringComparison.OrdinalIgnoreCase);

    /// <summary>The headers that a <c>Connection</c> header declares to be of this connection only; null where it declares none.</summary>
    public static HashSet<string>? NamedBy(StringValues connection)
    {
        HashSet<string>? names = null;
        foreach (var line in connection)
        {
            foreach (var name in (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                // What nearly every client says, and no header's name.
                if (!name.Equals("keep-alive", StringComparison.OrdinalIgnoreCase) && !name.Equals("close", StringComparison.OrdinalIgnoreCase))
                    (names ??= new HashSet<string>(StringComparer.OrdinalIgnoreCase)).Add(name);
            }
        }

        return names;
    }

    /// <summary>A set that finds a name in whatever case it is written.</summary>
    public static FrozenSet<string> SetOf(IEnumerable<string> names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
