using System.Net.Http.Headers;
using System.Text;
using Gateway.Local.Sidecar.Actors;
using Gateway.Local.Sidecar.Invocation;
using Gateway.Local.Sidecar.PubSub;
using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Secrets;
using Gateway.Local.Sidecar.State;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Sidecar.Http;

/// <summary>One sidecar's HTTP surface. What is no route of the API is service invocation by header, and without that header a 404.</summary>
internal sealed class SidecarHttp(
    AppChannel app, SidecarOptions options, ResourceSet resources, Invoker invoker, StateApi state, Broker broker, ActorRuntime actors,
    SecretStores secrets, AppStatus status, ILogger log)
{
    private readonly ApiToken _token = new(options.DaprApiToken);
    private readonly StateEndpoints _state = new(app, options, state);
    private readonly PubSubEndpoints _pubSub = new(app, options, broker, log);
    private readonly ActorEndpoints _actors = new(app, options, actors);
    private readonly SecretEndpoints _secrets = new(app, secrets);
    private readonly MetadataEndpoints _metadata = new(app, resources, actors, status);

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context);
        }
        catch (SidecarFault fault) when (!context.Response.HasStarted)
        {
            await Answer.FaultAsync(context, fault);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has left, and with it the app's request.
            context.Abort();
        }
        catch (Exception error)
        {
            Log.RequestFailed(log, error, context.Request.Method, context.Request.Path, app.AppId);
            if (context.Response.HasStarted)
                context.Abort();
            else
                context.Response.StatusCode = 500;
        }
    }

    private Task RouteAsync(HttpContext context)
    {
        var (raw, query) = Split(context.Features.Get<IHttpRequestFeature>()!.RawTarget);
        var path = new ApiPath(raw);
        if (path.Is(0, "v1.0"))
        {
            if (path.Is(1, "healthz") && HttpMethods.IsGet(context.Request.Method) && _metadata.TryHealth(context, path) is { } health)
                return health;
            if (!_token.IsIn(context.Request))
                return Answer.InvalidTokenAsync(context);
            if (path.Is(1, "invoke") && path.Count >= 4 && path.Is(3, "method"))
                return invoker.InvokeAsync(context, app, path[2], path.RawAfter(3), query);
            if (RouteApi(context, path, query) is { } answered)
                return answered;
        }
        else if (!_token.IsIn(context.Request))
        {
            return Answer.InvalidTokenAsync(context);
        }
        else if (path.Is(0, "v1.0-alpha1") && path.Is(1, "publish") && _pubSub.RouteBulk(context, path) is { } published)
        {
            return published;
        }

        var appId = AppIdFromHeaders(context.Request) ?? throw SidecarFault.NoRoute();
        return invoker.InvokeAsync(context, app, appId, raw, query);
    }

    private Task? RouteApi(HttpContext context, ApiPath path, string query)
    {
        if (path.Count < 2)
            return null;
        return path[1] switch
        {
            "state" => _state.Route(context, path),
            "publish" => _pubSub.Route(context, path),
            "actors" => _actors.Route(context, path, query),
            "secrets" => _secrets.Route(context, path),
            "metadata" => _metadata.Route(context, path),
            _ => null,
        };
    }

    private static (string Path, string Query) Split(string target)
    {
        // Absolute form ("GET http://host/path"), as a proxy's client would send it.
        if (target is not ['/', ..])
        {
            var authority = target.IndexOf("://", StringComparison.Ordinal);
            var slash = authority < 0 ? -1 : target.IndexOf('/', authority + 3);
            target = slash < 0 ? "/" : target[slash..];
        }

        var question = target.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? (target, "") : (target[..question], target[question..]);
    }

    private static string? AppIdFromHeaders(HttpRequest request)
    {
        if (request.Headers["dapr-app-id"] is { Count: > 0 } ids && !string.IsNullOrEmpty(ids[0]))
            return ids[0];
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var authorization)
            || !authorization.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) || authorization.Parameter is null)
            return null;
        var buffer = new byte[authorization.Parameter.Length];
        if (!Convert.TryFromBase64String(authorization.Parameter, buffer, out var length))
            return null;
        var pair = Encoding.UTF8.GetString(buffer, 0, length);
        return pair.StartsWith("dapr-app-id:", StringComparison.Ordinal) ? pair["dapr-app-id:".Length..] : null;
    }
}
