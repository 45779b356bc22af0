using System.Net;
using System.Text;
using Gateway.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Gateway.Local.Sidecar.Http;

/// <summary>A bare Kestrel on a loopback port of its own: no host, no container, no middleware, and nothing logged per request.</summary>
internal sealed class SidecarServer : IHttpApplication<DefaultHttpContext>, IAsyncDisposable
{
    private readonly KestrelServer _server;
    private readonly RequestDelegate _handle;

    /// <param name="handle">Answers a request.</param>
    /// <param name="protocols">One of them: without TLS there is nothing that would tell HTTP/1 and HTTP/2 apart on one port.</param>
    /// <param name="port">0: a free one.</param>
    /// <param name="options">The limits.</param>
    /// <param name="logs">Where Kestrel itself logs.</param>
    public SidecarServer(RequestDelegate handle, HttpProtocols protocols, int port, SidecarOptions options, ILoggerFactory logs)
    {
        _handle = handle;
        var kestrel = new KestrelServerOptions { AddServerHeader = false, AllowSynchronousIO = false };
        kestrel.Limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = 1000;
        kestrel.Limits.MaxRequestLineSize = Math.Max(16 * 1024, options.ReadBufferBytes);
        kestrel.Limits.MaxRequestBufferSize = Math.Max(1024 * 1024, kestrel.Limits.MaxRequestLineSize);
        // The body limit is the API's, with its own error; and streams may be as slow as they like.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        // Go's server has no limit on the calls of one connection, and clients make but one.
        kestrel.Limits.Http2.MaxStreamsPerConnection = 10_000;
        // Header bytes pass as they are, whatever they encode.
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = protocols);
        _server = new KestrelServer(Options.Create(kestrel), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), logs), logs);
    }

    public Uri Address { get; private set; } = null!;

    public async Task StartAsync(CancellationToken cancellation)
    {
        await _server.StartAsync(this, cancellation);
        Address = new Uri(_server.Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    /// <summary>Takes no new connections, and waits for the requests that are under way.</summary>
    public Task StopAsync(CancellationToken cancellation) => _server.StopAsync(cancellation);

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> container)
            return new DefaultHttpContext(contextFeatures);
        // Kestrel keeps one per connection.
        if (container.HostContext is { } reused)
        {
            reused.Initialize(contextFeatures);
            return reused;
        }

        return container.HostContext = new DefaultHttpContext(contextFeatures);
    }

    public Task ProcessRequestAsync(DefaultHttpContext context)
    {
        // No app calls like this, but a page in a browser of this machine does.
        var headers = context.Request.Headers;
        if (headers.Origin.Count == 0 && HostNames.IsLocal(headers.Host.ToString()))
            return _handle(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();
}
