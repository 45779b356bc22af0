using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Gateway.Hosting;

namespace Gateway.Local.Transport;

/// <summary>
/// Calls between services of this process without a socket, and without writing HTTP/1 out on one side to parse it on the other:
/// <code>
///   HttpClient -> InProcessHandler --HttpRequestMessage--> InProcessExchange --features--> the server's application
///              &lt;-HttpResponseMessage--                              &lt;--pipes, piece by piece--
/// </code>
/// Every server also listens on its port as always. A client finds it by the URL it has anyway, so neither side needs to know.
/// </summary>
internal static class InProcessTransport
{
    /// <summary>Where the stand-in for the Dapr SDK looks for it; the official one knows nothing of it and uses the ports.</summary>
    private const string SdkSetting = "Dapr.HttpMessageHandler";

    private static readonly ConcurrentDictionary<int, InProcessEndpoint> Endpoints = new();

    public static void Install()
    {
        ServiceTransport.Current ??= new ServiceTransport(static (server, logs) => new InProcessServer(server, logs), Handler);
        AppContext.SetData(SdkSetting, (Func<HttpMessageHandler, HttpMessageHandler>)Handler);
    }

    /// <summary>For requests to servers of this process; others go on to <paramref name="sockets"/>.</summary>
    public static HttpMessageHandler Handler(HttpMessageHandler sockets) => new InProcessHandler(sockets);

    internal static void Add(int port, InProcessEndpoint endpoint) => Endpoints[port] = endpoint;

    internal static void Remove(int port, InProcessEndpoint endpoint) => Endpoints.TryRemove(new(port, endpoint));

    internal static bool TryFind(Uri? uri, [NotNullWhen(true)] out InProcessEndpoint? endpoint)
    {
        endpoint = null;
        return uri is { IsAbsoluteUri: true, IsLoopback: true } && Endpoints.TryGetValue(uri.Port, out endpoint) && uri.Scheme == Uri.UriSchemeHttp;
    }

    /// <summary>The ports of a server that can be reached over loopback.</summary>
    internal static IEnumerable<int> PortsOf(ICollection<string> addresses)
    {
        foreach (var address in addresses)
        {
            var parsed = BindingAddress.Parse(address);
            if (!IPAddress.TryParse(parsed.Host.Trim('[', ']'), out var ip) || IPAddress.IsLoopback(ip) || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
                yield return parsed.Port;
        }
    }
}
