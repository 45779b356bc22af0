namespace Gateway.Hosting;

/// <summary>
/// What carries the HTTP requests of this service to its sidecar: one pool of connections for all of its clients. A host that
/// reaches its sidecars in another way puts another handler in its place.
/// </summary>
/// <param name="handler">Is disposed with this.</param>
public sealed class SidecarTransport(HttpMessageHandler handler) : IDisposable
{
    public HttpMessageHandler Handler => handler;

    /// <summary>
    /// Sockets, as a call through a sidecar needs them. There is no timeout over a whole call, which would cut streams: callers have their own
    /// per phase.
    /// </summary>
    public static SocketsHttpHandler CreateSockets() => new()
    {
        // One pool serves everybody: nothing of one caller's answer may reach another's request.
        UseCookies = false,
        AllowAutoRedirect = false,
        UseProxy = false,
        // A stream that is left early is given up at once, so that the provider is not paid for what nobody reads.
        ResponseDrainTimeout = TimeSpan.Zero,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
    };

    public void Dispose() => handler.Dispose();
}
