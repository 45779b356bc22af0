using System.Diagnostics;

namespace Gateway.Local.Transport;

/// <summary>Hands a request to the server of this process that listens on its port; where none does, to the handler behind.</summary>
internal sealed class InProcessHandler(HttpMessageHandler sockets) : DelegatingHandler(sockets)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!InProcessTransport.TryFind(request.RequestUri, out var endpoint))
            return base.SendAsync(request, cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<HttpResponseMessage>(cancellationToken);
        // The handler behind would carry the trace on; what it does besides belongs to its sockets.
        if (Activity.Current is { } activity)
            DistributedContextPropagator.Current.Inject(activity, request, static (carrier, name, value) => ((HttpRequestMessage)carrier!).Headers.TryAddWithoutValidation(name, value));
        return endpoint.SendAsync(request, null, cancellationToken);
    }
}
