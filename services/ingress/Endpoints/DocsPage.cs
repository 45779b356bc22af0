using System.Security.Cryptography;
using Gateway.Contracts.Names;
using Scalar.AspNetCore;

namespace Gateway.Ingress.Endpoints;

/// <summary>
/// <c>GET /docs</c>: both OpenAPI documents as a page to read and to try calls from. Script and style come from this process alone.
/// <c>GET /protocol</c>: what Claude Code gets here, as of this build, where Anthropic's own gateway has its contract.
/// </summary>
internal static class DocsPage
{
    private const int NonceBytes = 16;

    public static void MapDocs(this WebApplication app)
    {
        app.MapGet("/protocol", static () => Results.Stream(
            typeof(DocsPage).Assembly.GetManifestResourceStream("protocol.md")!, "text/markdown; charset=utf-8")).ExcludeFromDescription();
        MapReference(app);
    }

    private static void MapReference(WebApplication app) => app.MapScalarApiReference("/docs", (options, context) =>
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));
        // The page's script writes its styles into the document, which no nonce reaches.
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
            + "connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        options.Nonce = nonce;
        options.Title = "Gateway API";
        options.DefaultFonts = false;
        options.Telemetry = false;
        options.AddDocument(ApiDocument.Name, "API", ApiDocument.Path).AddDocument("admin", "Admin API", InternalRoutes.AdminDocument);
    });
}
