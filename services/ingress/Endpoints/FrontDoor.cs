using Gateway.Ingress.Relay;

namespace Gateway.Ingress.Endpoints;

/// <summary>What every request to ingress meets first: cheap probes, CORS and paths that a base URL with a slash at its end has made.</summary>
internal static class FrontDoor
{
    public static void UseFrontDoor(this WebApplication app) => app.Use(next => context =>
    {
        var request = context.Request;
        // The console's pages are for the gateway's own origin.
        if (request.Headers.Origin.Count > 0 && !ConsoleForward.IsUnder(request.Path) && AllowBrowser(context))
            return Task.CompletedTask;
        // Claude Code probes its base URL with HEAD before the first request (rule E146).
        if (!HttpMethods.IsHead(request.Method))
        {
            if (request.Path.Value is { } path && path.Contains("//", StringComparison.Ordinal))
                request.Path = WithoutEmptySegments(path);
            return next(context);
        }

        RequestIds.Of(context);
        context.Response.StatusCode = StatusCodes.Status200OK;
        return Task.CompletedTask;
    });

    private static string WithoutEmptySegments(string path) => "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Browser clients send <c>anthropic-dangerous-direct-browser-access</c> and expect what the Anthropic API answers them.</summary>
    private static bool AllowBrowser(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = "*, request-id, retry-after, gateway-request-id, gateway-dropped, gateway-resent";
        if (!HttpMethods.IsOptions(context.Request.Method))
            return false;
        headers.AccessControlAllowMethods = "GET, POST, PATCH, DELETE, HEAD, OPTIONS";
        headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders.ToString() is { Length: > 0 } asked ? asked : "*";
        headers.AccessControlMaxAge = "86400";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
