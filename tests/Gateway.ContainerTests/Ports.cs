using System.Net;
using System.Net.Sockets;

namespace Gateway.ContainerTests;

internal static class Ports
{
    /// <summary>Comes back when something listens there.</summary>
    /// <param name="port">On 127.0.0.1.</param>
    /// <param name="check">Throws when there is no use in waiting.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task ListensAsync(int port, Action check, CancellationToken cancellation)
    {
        while (!await IsOpenAsync(port, cancellation))
        {
            check();
            await Task.Delay(100, cancellation);
        }
    }

    public static async Task<bool> IsOpenAsync(int port, CancellationToken cancellation)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
