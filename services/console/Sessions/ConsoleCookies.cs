using Gateway.Contracts.Names;
using Microsoft.AspNetCore.Antiforgery;

namespace Gateway.AdminConsole.Sessions;

/// <summary>The cookies that the console sets. All are for its own paths alone; pages of other sites do not send them with a form.</summary>
internal static class ConsoleCookies
{
    public const string Session = "gateway-console";
    public const string Theme = "gateway-console-theme";
    private const string Forms = "gateway-console-forms";

    public static void ConfigureForms(AntiforgeryOptions options)
    {
        options.Cookie.Name = Forms;
        options.Cookie.Path = InternalRoutes.Console;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.FormFieldName = "form-token";
    }

    /// <param name="request">Secure where the browser has come by https.</param>
    /// <param name="expires">When the browser forgets it.</param>
    public static CookieOptions Options(HttpRequest request, DateTimeOffset expires) => new()
    {
        Path = InternalRoutes.Console,
        HttpOnly = true,
        // Lax: a link to a page, from a chat say, finds its reader signed in. What changes something is a form with a token.
        SameSite = SameSiteMode.Lax,
        Secure = request.IsHttps,
        Expires = expires,
    };
}
