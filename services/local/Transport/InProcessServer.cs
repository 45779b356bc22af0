using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Transport;

/// <summary>A server whose requests come from its sockets or from this process.</summary>
internal sealed class InProcessServer(IServer sockets, ILoggerFactory logs, InProcessShortcut? shortcut = null) : IServer
{
    private readonly List<int> _ports = [];
    private InProcessEndpoint? _endpoint;

    public IFeatureCollection Features => sockets.Features;

    public async Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        await sockets.StartAsync(application, cancellationToken);
        _endpoint = new InProcessEndpoint<TContext>(application, shortcut, logs.CreateLogger("Gateway.Local.Transport"));
        _ports.AddRange(InProcessTransport.PortsOf(Features.Get<IServerAddressesFeature>()!.Addresses));
        foreach (var port in _ports)
            InProcessTransport.Add(port, _endpoint);
    }

    /// <summary>Takes no new requests and waits for those under way, as the sockets' side does; what is left when the time is up is broken off.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Unregister();
        await Task.WhenAll(sockets.StopAsync(cancellationToken), _endpoint?.StopAsync(cancellationToken) ?? Task.CompletedTask);
    }

    public void Dispose()
    {
        Unregister();
        _endpoint?.Abort();
        sockets.Dispose();
    }

    private void Unregister()
    {
        if (_endpoint is not null)
            _ports.ForEach(port => InProcessTransport.Remove(port, _endpoint));
    }
}
