using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Gateway.Contracts.Hosting;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Local.Transport;

/// <summary>
/// Connections between services of this process, over memory. Every listener on loopback also takes these; a client finds it by the port
/// it would have connected to, so the two sides need no agreement beyond the URL they have anyway.
/// </summary>
internal static class InProcessTransport
{
    private static readonly ConcurrentDictionary<int, InProcessListener> Listeners = new();

    public static void Install() => ServiceTransport.Current ??= new ServiceTransport(Listen, ConnectAsync);

    public static IConnectionListenerFactory Listen(IConnectionListenerFactory sockets) => new Factory(sockets);

    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var to = context.DnsEndPoint;
        if (IPAddress.TryParse(to.Host, out var address) && IPAddress.IsLoopback(address) && Listeners.TryGetValue(to.Port, out var listener) && listener.TryConnect(out var stream))
            return stream;

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal static void Remove(InProcessListener listener) => Listeners.TryRemove(new(listener.Port, listener));

    private sealed class Factory(IConnectionListenerFactory sockets) : IConnectionListenerFactory
    {
        public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            var bound = await sockets.BindAsync(endpoint, cancellationToken);
            if (bound.EndPoint is not IPEndPoint address || !IPAddress.IsLoopback(address.Address))
                return bound;
            return Listeners[address.Port] = new InProcessListener(bound, address.Port);
        }
    }
}
