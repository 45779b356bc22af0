using System.Collections.Concurrent;
using Dapr.Client;
using Microsoft.Extensions.Configuration;

namespace Gateway.Hosting;

/// <summary>
/// The clients by which this service invokes others, by <c>http://{appId}/path</c>: one for each, kept for the life of the process. They
/// return with the headers of the answer.
/// </summary>
public sealed class ServiceClients(IConfiguration configuration, SidecarTransport transport) : IDisposable
{
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> _clients = new(StringComparer.Ordinal);

    public HttpMessageInvoker For(string appId) => _clients.GetOrAdd(appId, Create);

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }

    private HttpMessageInvoker Create(string appId)
    {
        var handler = transport.Handler;
        if (Sidecar.ApiToken(configuration) is { } token)
            handler = new TokenHandler(token) { InnerHandler = handler };
        // The transport is everybody's: it is not disposed of with one client.
        var invocation = new InvocationHandler { DaprEndpoint = Sidecar.HttpEndpoint(configuration), DefaultAppId = appId, InnerHandler = handler };
        return new HttpMessageInvoker(invocation, disposeHandler: false);
    }

    /// <summary>The SDK's handler knows the token of the environment only; a setting may name another.</summary>
    private sealed class TokenHandler(string token) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Remove("dapr-api-token");
            request.Headers.TryAddWithoutValidation("dapr-api-token", token);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
