using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Sessions;
using Gateway.Contracts.Names;
using Microsoft.AspNetCore.Antiforgery;

namespace Gateway.AdminConsole.Web;

/// <summary>The forms in the head of every page: signing out, and light or dark.</summary>
internal static class ReaderEndpoints
{
    private const int ThemeDays = 365;

    public static void MapReader(this WebApplication app)
    {
        app.MapPost(InternalRoutes.Console + "/sign-out", async (HttpContext context, IAntiforgery forms, Visit visit, CompanySignIn company) =>
        {
            await CheckAsync(context, forms);
            await company.EndAsync(visit.Session, context.RequestAborted);
            SessionCookie.End(context);
            return Results.Redirect(SignInPath.Page);
        });
        app.MapPost(InternalRoutes.Console + "/theme", async (HttpContext context, IAntiforgery forms, TimeProvider time) =>
        {
            await CheckAsync(context, forms);
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            var theme = form["theme"] == "dark" ? "dark" : "light";
            context.Response.Cookies.Append(ConsoleCookies.Theme, theme, ConsoleCookies.Options(context.Request, time.GetUtcNow().AddDays(ThemeDays)));
            return Results.Redirect(SignInPath.Safe(form["to"]));
        });
    }

    /// <summary>Pages of components are checked by the middleware; these are no components.</summary>
    private static async Task CheckAsync(HttpContext context, IAntiforgery forms)
    {
        if (!await forms.IsRequestValidAsync(context))
            throw new ApiException(StatusCodes.Status400BadRequest, "The form is too old", "Go back, load the page again and repeat what you did.");
    }
}
