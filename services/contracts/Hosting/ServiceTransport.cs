using Microsoft.AspNetCore.Connections;

namespace Gateway.Contracts.Hosting;

/// <summary>
/// How services that run in one process reach each other and their sidecars without a socket between them. Nothing of HTTP changes: what is
/// replaced is what carries its bytes. None is set where each service is a process of its own.
/// </summary>
/// <param name="Listen">Wraps the listener on sockets, which stays reachable.</param>
/// <param name="Connect">Opens a connection for an HTTP client; on a socket where nobody of this process listens.</param>
public sealed record ServiceTransport(
    Func<IConnectionListenerFactory, IConnectionListenerFactory> Listen,
    Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> Connect)
{
    /// <summary>Set once, by the host of several services, before it builds the first.</summary>
    public static ServiceTransport? Current { get; set; }
}
