using System.Text.Json;
using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Web;
using Gateway.Contracts.Names;
using Gateway.Contracts.SignIn;

namespace Gateway.AdminConsole.Sessions;

/// <summary>
/// Sessions of those who have signed in with a company account. Ingress brings them with their tokens; from then on they are like any other, but that their
/// key is good for an hour: at each renewal the identity provider is asked whether they are still there, and the rules for their role.
/// </summary>
internal sealed class CompanySignIn(AdminApi api, SessionCookie cookie, TimeProvider time)
{
    public static void Map(WebApplication app) => app.MapPost(
        InternalRoutes.ConsoleSessions, static (HttpContext context, CompanySignIn signIn) => signIn.BeginAsync(context));

    /// <summary>The session as it goes on; null: it is over.</summary>
    public async Task<Session?> GoOnAsync(HttpContext context, Session session)
    {
        if (session.RefreshToken is not { } token || time.GetUtcNow() < session.RenewAt)
            return session;
        try
        {
            var tokens = await api.RenewAsync(token, context.RequestAborted);
            return cookie.Renew(context, session, tokens, await api.WhoAsync(tokens.AccessToken, context.RequestAborted));
        }
        catch (ApiException e) when (e.Status is 401 or 403)
        {
            return null;
        }
        catch (ApiException)
        {
            // Nobody answers who could say no; the key is good for a while.
            return session;
        }
    }

    /// <summary>Its tokens are refused from now on, here and everywhere.</summary>
    public async Task EndAsync(Session? session, CancellationToken cancellation)
    {
        if (session?.RefreshToken is not { } token)
            return;
        try
        {
            await api.RevokeAsync(token, cancellation);
        }
        catch (ApiException)
        {
            // They were in the cookie alone, which goes now.
        }
    }

    private async Task BeginAsync(HttpContext context)
    {
        Visits.See(context);
        ConsoleTokens? tokens;
        try
        {
            tokens = await context.Request.ReadFromJsonAsync(SessionJson.Default.ConsoleTokens, context.RequestAborted);
        }
        catch (JsonException)
        {
            tokens = null;
        }

        if (tokens is null)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        try
        {
            cookie.Begin(context, tokens, await api.WhoAsync(tokens.AccessToken, context.RequestAborted));
        }
        catch (ApiException e) when (e.Status is 401 or 403)
        {
            var why = "Your account is paused, expired or deleted. Ask whoever runs the gateway in your company.";
            await PageErrors.ShowAsync(context, new ApiException(StatusCodes.Status403Forbidden, "You cannot sign in", why));
            return;
        }

        context.Response.Redirect(SignInPath.Safe(tokens.To));
    }
}
