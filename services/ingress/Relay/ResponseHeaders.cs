using System.Net.Http.Headers;
using Gateway.Contracts.Names;
using Gateway.Ingress.Quota;
using Microsoft.Net.Http.Headers;

namespace Gateway.Ingress.Relay;

/// <summary>Puts the headers of an answer on the client's response.</summary>
internal static class ResponseHeaders
{
    public const string EventStream = "text/event-stream; charset=utf-8";

    /// <summary>
    /// The provider's headers and ours. <c>request-id</c> is ours; what the provider calls the request is in the usage event, and in the body of an
    /// error of its own.
    /// </summary>
    public static void Put(HttpResponse response, HttpResponseHeaders upstream, Exchange exchange)
    {
        foreach (var (name, values) in upstream.NonValidated)
        {
            if (!ClientHeaders.IsReturned(name))
                continue;
            // Under Anthropic's names a client reads of its own limits, which are this gateway's (rule F34).
            var shown = name.StartsWith(RateLimitHeaders.Prefix, StringComparison.OrdinalIgnoreCase)
                ? string.Concat(RateLimitHeaders.UpstreamPrefix, name.AsSpan(RateLimitHeaders.Prefix.Length))
                : name;
            response.Headers[shown] = values.Count == 1 ? values.ToString() : values.ToArray();
        }

        PutRoute(response, exchange);
        if (exchange.Operation == Operations.CountTokens)
            response.Headers[GatewayHeaders.CountAccuracy] = upstream.NonValidated.TryGetValues(GatewayHeaders.CountAccuracy, out var accuracy)
                ? accuracy.ToString()
                : "provider";
    }

    public static void PutRoute(HttpResponse response, Exchange exchange)
    {
        var route = exchange.Route!;
        response.Headers[GatewayHeaders.Provider] = route.Entry.Provider;
        response.Headers[GatewayHeaders.UpstreamModel] = route.Entry.Model;
        if (exchange.AllDropped is { Count: > 0 } dropped)
            response.Headers[GatewayHeaders.Dropped] = string.Join(", ", dropped);
        if (exchange.Resent is { } resent)
            response.Headers[GatewayHeaders.Resent] = resent;
    }

    /// <summary>Nothing between here and the client may hold events back (rule E139).</summary>
    public static void PutStream(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = EventStream;
        response.Headers[HeaderNames.CacheControl] = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
    }
}
