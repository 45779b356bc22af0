using System.Collections.Concurrent;
using Gateway.Hosting;

namespace Gateway.Ingress.Relay;

/// <summary>One client for each service that is invoked, kept for the life of the process.</summary>
internal sealed class ServiceClients(IConfiguration configuration) : IDisposable
{
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> _clients = new(StringComparer.Ordinal);

    public HttpMessageInvoker For(string appId) => _clients.GetOrAdd(appId, static (id, c) => Sidecar.CreateInvokeClient(c, id), configuration);

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }
}
