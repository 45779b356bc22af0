using System.Runtime.CompilerServices;
using Gateway.Local.Transport;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>
/// Invocation from one app of this process to another without a stop at the sidecar's server: the callee's server gets the caller's request
/// itself, with what two sidecars change about it (<see cref="InvocationCrossing"/>). Whatever is not plainly such a call goes to the server.
/// </summary>
internal sealed class DirectInvocation(IReadOnlyDictionary<string, AppChannel> apps, AppChannel caller, SidecarOptions options, bool tracing)
{
    private const string Prefix = "/v1.0/invoke/";
    private const string Method = "/method/";

    private readonly ApiToken _token = new(options.DaprApiToken);

    /// <summary>Callers with routes of their own use the same few URIs over and over.</summary>
    private readonly ConditionalWeakTable<Uri, InvocationRoute> _routes = [];

    /// <summary>Null when the request has to take the way through the server.</summary>
    public Task<HttpResponseMessage>? TrySend(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (RouteOf(request.RequestUri!) is not { } route || request.Method == HttpMethod.Head || InvocationHeaders.IsExactlyEventStream(request.Headers)
            || !_token.IsIn(request.Headers) || !InProcessTransport.TryFind(route.Address, out var app))
            return null;
        return app.SendAsync(request, new InvocationCrossing(route, options.MaxBodyBytes, options.MaxHeaderBytes, tracing), cancellationToken);
    }

    private InvocationRoute? RouteOf(Uri uri)
    {
        if (_routes.TryGetValue(uri, out var known) && ReferenceEquals(known.Address, known.App.Address))
            return known;
        if (Read(uri) is not { } route)
            return null;
        _routes.AddOrUpdate(uri, route);
        return route;
    }

    private InvocationRoute? Read(Uri uri)
    {
        var path = uri.AbsolutePath;
        if (!path.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var end = path.IndexOf('/', Prefix.Length);
        if (end < 0 || string.CompareOrdinal(path, end, Method, 0, Method.Length) != 0)
            return null;
        var appId = path[Prefix.Length..end];
        var method = path[(end + Method.Length - 1)..];
        if (!apps.TryGetValue(appId, out var app) || app.Address is not { } address || !MethodPath.IsPlain(method))
            return null;
        var identity = app == caller ? [] : InvocationHeaders.Identity(caller.AppId, app.AppId);
        return new InvocationRoute(app, appId, app == caller, identity, address, method + uri.Query, method, uri.Query);
    }
}
