using Gateway.Ingress.Managed;
using Gateway.Ingress.Relay;
using Microsoft.Net.Http.Headers;

namespace Gateway.Ingress.Endpoints;

/// <summary>
/// <c>GET /managed/settings</c>: the policy that Claude Code fetches at each start and about hourly (Claude Code on a gateway, section 7). It is never
/// answered 5xx, since no session starts then; 401 only to whom nobody knows.
/// </summary>
internal static class SettingsEndpoint
{
    private const string Path = "/managed/settings";

    public static void MapManagedSettings(this WebApplication app)
    {
        foreach (var root in ApiEndpoints.BaseUrls)
        {
            var settings = app.MapGet(root + Path, (Delegate)GetAsync).WithTags("Claude Code");
            if (root.Length == 0)
                settings.WithName("getManagedSettingsOfCaller").WithMetadata(new RawBodies(null, "ManagedSettings"))
                    .Produces(StatusCodes.Status304NotModified).Produces(StatusCodes.Status404NotFound);
            else
                settings.ExcludeFromDescription();
        }
    }

    /// <summary>Managed settings of the caller</summary>
    /// <remarks>
    /// What holds for everybody, the organisation, the team and the caller as one document, with its checksum; 304 to a client that has it; 404 where there
    /// is none. Behind each base URL of the API.
    /// </remarks>
    public static async Task GetAsync(HttpContext context)
    {
        RequestIds.Of(context);
        var services = context.RequestServices;
        var caller = await services.GetRequiredService<KnownCallers>().FindAsync(context.Request, context.RequestAborted);
        var response = context.Response;
        response.Headers.Vary = "Authorization, x-api-key";
        response.Headers.CacheControl = "private, no-cache";
        if (services.GetRequiredService<SettingsCopy>().Of(caller?.Accounts) is not { } settings)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            response.ContentType = "text/plain";
            await response.WriteAsync("There are no managed settings for this caller.", context.RequestAborted);
            return;
        }

        response.Headers.ETag = settings.ETag;
        // A desktop session asks with * whether there are any: answered as without.
        if (context.Request.Headers.IfNoneMatch is { Count: > 0 } known && IsAmong(settings.ETag, known.ToString()))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = "application/json";
        response.ContentLength = settings.Body.Length;
        await response.Body.WriteAsync(settings.Body, context.RequestAborted);
    }

    private static bool IsAmong(string tag, string known) =>
        EntityTagHeaderValue.TryParseList([known], out var tags) && tags.Any(t => t.Tag.Equals(tag, StringComparison.Ordinal));
}
