using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Ingress.SignIn;

/// <summary>Pages of the sign-in: text and forms, no script, nothing from elsewhere.</summary>
internal static class SignInPage
{
    private const int NonceBytes = 16;

    /// <param name="context">The answer.</param>
    /// <param name="title">What the page says first.</param>
    /// <param name="body">HTML; whatever comes from outside is encoded in it already.</param>
    /// <param name="status">Of the answer.</param>
    /// <param name="next">Where the browser goes by itself; a path of this gateway.</param>
    public static Task SendAsync(HttpContext context, string title, string body, int status = StatusCodes.Status200OK, string? next = null)
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        var headers = response.Headers;
        headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.CacheControl = "no-store";
        // With no-referrer a browser would call the origin of its forms null.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "interest-cohort=()";
        var refresh = next is null ? "" : $"<meta http-equiv=\"refresh\" content=\"0;url={Encode(next)}\">";
        var html = $$"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">{{refresh}}
            <title>{{Encode(title)}}</title>
            <style nonce="{{nonce}}">
            :root { color-scheme: light dark }
            body { font: 1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 12vh auto; padding: 0 1rem }
            code, input { font: 1.5rem ui-monospace, monospace; letter-spacing: .1em }
            input { width: 11em; padding: .3em; text-transform: uppercase }
            button { font: inherit; padding: .5em 1.2em; margin: .5em .5em .5em 0; cursor: pointer }
            form { display: inline }
            </style>
            </head>
            <body>
            <main>
            <h1>{{Encode(title)}}</h1>
            {{body}}
            </main>
            </body>
            </html>
            """;
        return response.Body.WriteAsync(Encoding.UTF8.GetBytes(html), context.RequestAborted).AsTask();
    }

    public static string Encode(string? text) => WebUtility.HtmlEncode(text) ?? "";
}
