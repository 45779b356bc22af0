using System.Net;
using System.Net.Sockets;
using Gateway.Hosting;

namespace Gateway.Billing.Webhooks;

/// <summary>
/// The way to receivers. Admins of a team name them, so they are not trusted: names are looked up here, and an address that is not of the Internet is not
/// called, unless the operator has named the host. Redirects are not followed, certificates are checked, an answer's body is not read.
/// </summary>
internal sealed class WebhookConnections : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private readonly WebhookOptions _options;

    public WebhookConnections(WebhookOptions options)
    {
        _options = options;
        Http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // A proxy would look names up by itself.
            UseProxy = false,
            ConnectTimeout = ConnectTimeout,
            MaxConnectionsPerServer = 16,
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 16 * 1024,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = ConnectAsync,
        });
    }

    public HttpMessageInvoker Http { get; }

    public void Dispose() => Http.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
        IPAddress[] allowed = _options.Trusts(host) ? addresses : [.. addresses.Where(address => PublicAddresses.Allows(address, []))];
        if (allowed.Length == 0)
            throw new WebhookAddressException(addresses.Length == 0
                ? $"{host} has no address"
                : $"the address of {host} is not of the Internet, and GATEWAY_WEBHOOK_HOSTS does not name it");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
