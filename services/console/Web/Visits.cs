using System.Security.Claims;
using Gateway.AdminConsole.Sessions;
using Gateway.Contracts.Names;

namespace Gateway.AdminConsole.Web;

/// <summary>Finds out who asks for a page; whoever is not signed in gets to see the sign-in page alone.</summary>
internal static class Visits
{
    public static void UseVisits(this WebApplication app)
    {
        var cookie = app.Services.GetRequiredService<SessionCookie>();
        app.Use(next => context => context.Request.Path.StartsWithSegments(InternalRoutes.Console, out var rest)
            ? EnterAsync(context, rest, cookie, next)
            : next(context));
    }

    /// <summary>Takes over what ingress says of the browser's call.</summary>
    public static Visit See(HttpContext context)
    {
        var request = context.Request;
        // The sidecar's address stands in the request; links, cookies and tokens are about the one that the browser uses.
        if (Uri.TryCreate(request.Headers[GatewayHeaders.PublicUrl].ToString(), UriKind.Absolute, out var seen))
            (request.Scheme, request.Host) = (seen.Scheme, new HostString(seen.Authority));
        var visit = context.RequestServices.GetRequiredService<Visit>();
        visit.PublicUrl = $"{request.Scheme}://{request.Host}";
        visit.ApiUrl = request.Headers[GatewayHeaders.ApiUrl] is [{ Length: > 0 } api] ? api : visit.PublicUrl;
        visit.HasCompanySignIn = request.Headers[GatewayHeaders.CompanySignIn] == "true";
        visit.Theme = request.Cookies[ConsoleCookies.Theme] is "light" or "dark" ? request.Cookies[ConsoleCookies.Theme] : null;
        return visit;
    }

    private static async Task EnterAsync(HttpContext context, PathString rest, SessionCookie cookie, RequestDelegate next)
    {
        var request = context.Request;
        var visit = See(context);
        if (rest.StartsWithSegments("/assets"))
        {
            await next(context);
            return;
        }

        visit.Session = cookie.Read(request);
        if (visit.Session is { } read)
            visit.Session = await context.RequestServices.GetRequiredService<CompanySignIn>().GoOnAsync(context, read);
        if (visit.Session is { } session)
        {
            // The tokens of forms are bound to it: one of another session, or of nobody, is not taken.
            context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, session.Id)], ConsoleCookies.Session));
        }
        else if (rest != "/sign-in")
        {
            if (IsForPeople(request))
                context.Response.Redirect(SignInPath.For(request, ended: request.Cookies.ContainsKey(ConsoleCookies.Session)));
            else
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        await next(context);
    }

    /// <summary>Else it is a script of ours, which a page in the place of what it asked for would not help.</summary>
    private static bool IsForPeople(HttpRequest request) =>
        !request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
