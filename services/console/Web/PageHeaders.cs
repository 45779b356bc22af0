using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.AdminConsole.Web;

/// <summary>
/// What every page has in common: no script, style, picture or frame of anybody else, never kept by a cache. Pages are drawn by threads of the pool; a
/// thread that waits for sockets has the answers of models to carry.
/// </summary>
internal static class PageHeaders
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        + "frame-ancestors 'none'";

    public static void UsePageHeaders(this WebApplication app) => app.Use(next => async context =>
    {
        if (context.Request.Path.StartsWithSegments(InternalRoutes.Console) || context.Request.Path == InternalRoutes.ConsoleSessions)
        {
            await SocketThreads.LeaveAsync(int.MaxValue);
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            // As the tokens of forms ask for it: said otherwise, they would warn of having changed it.
            (headers.CacheControl, headers.Pragma) = ("no-cache, no-store", "no-cache");
        }

        await next(context);
    });
}
