using System.Net;
using System.Text;
using Gateway.Contracts.Catalog;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>How this service connects to the outside.</summary>
internal static class Connections
{
    /// <summary>A connection is renewed after this long, so that a changed DNS entry is noticed.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Shorter than common servers keep an idle connection, so that a request hardly meets one that is just being closed.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(50);

    /// <param name="proxy">As the catalog says it.</param>
    /// <param name="connectMs">How long a connection may take.</param>
    public static SocketsHttpHandler Of(string? proxy, int connectMs) => new()
    {
        UseProxy = proxy != ProviderEntry.NoProxy,
        // Without one it goes by HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
        Proxy = proxy is null or ProviderEntry.NoProxy ? null : ProxyOf(new Uri(proxy)),
        ConnectTimeout = TimeSpan.FromMilliseconds(connectMs),
        PooledConnectionLifetime = Lifetime,
        PooledConnectionIdleTimeout = Idle,
        EnableMultipleHttp2Connections = true,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        // An answer nobody wants any more is dropped with its connection: read on, it would be generated, and billed, to its end.
        ResponseDrainTimeout = TimeSpan.Zero,
        MaxResponseHeadersLength = 64,
        ActivityHeadersPropagator = null,
        // Byte for byte what the other side wrote, also outside ASCII.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };

    /// <summary>The password in a proxy's address; null where there is none.</summary>
    public static string? ProxyPassword(string? proxy) =>
        proxy is not null && Uri.TryCreate(proxy, UriKind.Absolute, out var address) && address.UserInfo.Split(':', 2) is [_, var password]
            ? Uri.UnescapeDataString(password)
            : null;

    private static WebProxy ProxyOf(Uri address)
    {
        var proxy = new WebProxy(address);
        if (address.UserInfo.Split(':', 2) is [{ Length: > 0 } name, .. var password])
            proxy.Credentials = new NetworkCredential(Uri.UnescapeDataString(name), Uri.UnescapeDataString(password.FirstOrDefault("")));
        return proxy;
    }
}
