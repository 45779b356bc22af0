using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Logging;

namespace Gateway.Hosting;

/// <summary>
/// How services that run in one process reach each other and their sidecars without a socket between them. Nothing of HTTP's meaning changes:
/// what is replaced is what carries it. None is set where each service is a process of its own.
/// </summary>
/// <param name="Serve">Wraps a server, which stays reachable over its sockets.</param>
/// <param name="Handler">Wraps the handler of an HTTP client, which still takes what nobody of this process listens for.</param>
public sealed record ServiceTransport(Func<IServer, ILoggerFactory, IServer> Serve, Func<HttpMessageHandler, HttpMessageHandler> Handler)
{
    /// <summary>Set once, by the host of several services, before it builds the first.</summary>
    public static ServiceTransport? Current { get; set; }
}
