using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.SignIn;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Ingress.Endpoints;

/// <summary>
/// Hands a page of the console to a browser. The console signs its readers in itself, and calls the admin API with their keys: ingress lets its pages
/// through and looks at nothing in them.
/// </summary>
internal static class ConsoleForward
{
    private const int MaxBodyBytes = 4 * 1024 * 1024;
    private static readonly string[] Sent = ["Cookie", "If-None-Match", "Last-Event-ID"];

    private static readonly string[] Shown =
    [
        "Cache-Control", "Content-Disposition", "Content-Security-Policy", "Content-Type", "Cross-Origin-Opener-Policy", "ETag", "Location", "Pragma",
        "Referrer-Policy", "Retry-After", "Set-Cookie", "X-Content-Type-Options", "X-Frame-Options",
    ];

    public static void MapConsole(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IngressOptions>().Console)
            return;
        app.Map(InternalRoutes.Console + "/{**path}", SendAsync).ExcludeFromDescription();
        app.MapGet("/", Root).ExcludeFromDescription();
    }

    public static bool IsUnder(PathString path) => path.StartsWithSegments(InternalRoutes.Console);

    /// <summary>People are led to the console; programs are told, as before, that there is nothing.</summary>
    private static void Root(HttpContext context)
    {
        if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            context.Response.Redirect(InternalRoutes.Console);
        else
            context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private static async Task SendAsync(HttpContext context)
    {
        var from = context.Request;
        if (!IsUnder(from.Path) || from.Path.Value.AsSpan().ContainsAny(AdminEndpoints.Refused))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (from.ContentLength > MaxBodyBytes)
        {
            await TooLargeAsync(context);
            return;
        }

        using var request = RequestOf(context, new HttpMethod(from.Method), from.Path.ToUriComponent() + from.QueryString.ToUriComponent());
        foreach (var name in Sent)
        {
            if (from.Headers[name] is { Count: > 0 } value)
                request.Headers.TryAddWithoutValidation(name, value.ToString());
        }

        AnswerCopy.Accept(from, request);

        if (from.ContentLength > 0 || from.Headers.TransferEncoding.Count > 0)
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                size.MaxRequestBodySize = MaxBodyBytes;
            request.Content = new StreamContent(from.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", from.ContentType ?? "application/octet-stream");
            // Chunked, so that no policy sends a form twice.
            request.Headers.TransferEncodingChunked = true;
        }

        await SendAsync(context, request);
    }

    /// <summary>A request to the console, with what it has to know of the browser's.</summary>
    public static HttpRequestMessage RequestOf(HttpContext context, HttpMethod method, string pathAndQuery)
    {
        var (from, options) = (context.Request, context.RequestServices.GetRequiredService<SignInOptions>());
        var request = new HttpRequestMessage(method, $"http://{AppIds.Console}{pathAndQuery}");
        // Behind an edge that ends TLS the browser's address begins with https all the same.
        var claims = options.ProxyList.Count == 0;
        var scheme = claims && from.Headers["X-Forwarded-Proto"].ToString().Equals("https", StringComparison.OrdinalIgnoreCase) ? "https" : from.Scheme;
        var seen = $"{scheme}://{from.Host.ToUriComponent()}";
        request.Headers.TryAddWithoutValidation(GatewayHeaders.PublicUrl, seen);
        request.Headers.TryAddWithoutValidation(GatewayHeaders.ApiUrl, options.PublicUrl?.TrimEnd('/') ?? seen);
        request.Headers.TryAddWithoutValidation(GatewayHeaders.ClientAddress, AddressOf(context, claims));
        if (options.SignsIn)
            request.Headers.TryAddWithoutValidation(GatewayHeaders.CompanySignIn, "true");
        return request;
    }

    /// <summary>False when the browser was told that there is no answer.</summary>
    public static async Task<bool> SendAsync(HttpContext context, HttpRequestMessage request)
    {
        HttpResponseMessage response;
        try
        {
            response = await context.RequestServices.GetRequiredService<ServiceClients>().For(AppIds.Console).SendAsync(request, context.RequestAborted);
        }
        catch (HttpRequestException e)
        {
            var isTooLarge = e.InnerException is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge };
            await (isTooLarge ? TooLargeAsync(context) : AwayAsync(context));
            return false;
        }

        using (response)
            return await ShowAsync(context, response);
    }

    private static async Task<bool> ShowAsync(HttpContext context, HttpResponseMessage response)
    {
        // A sidecar's own error: the console is not there. It answers in pages, never in JSON.
        if ((int)response.StatusCode >= 500 && response.Content.Headers.ContentType?.MediaType == "application/json")
        {
            await AwayAsync(context);
            return false;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var name in Shown)
        {
            if (response.Headers.NonValidated.TryGetValues(name, out var values) || response.Content.Headers.NonValidated.TryGetValues(name, out values))
                context.Response.Headers.Append(name, values.ToArray());
        }

        await AnswerCopy.ToClientAsync(context, response.Content);
        return true;
    }

    private static Task AwayAsync(HttpContext context) => TellAsync(
        context, StatusCodes.Status503ServiceUnavailable, "The console does not answer", "The gateway works without it; try again in a few seconds.");

    private static Task TooLargeAsync(HttpContext context) => TellAsync(
        context, StatusCodes.Status413PayloadTooLarge, "The form is too large",
        $"What was sent is larger than {MaxBodyBytes / 1024 / 1024} MB. Go back and send less of it; the admin API takes larger bodies.");

    private static Task TellAsync(HttpContext context, int status, string title, string why) =>
        SignInPage.SendAsync(context, title, $"<p>{why}</p>", status);

    /// <summary>As the last proxy before us has seen it. Who reaches us without one can claim what it likes.</summary>
    /// <param name="context">The request.</param>
    /// <param name="claims">Whether its headers say so. Where the settings name proxies, what these said has been taken over, and only claims are left.</param>
    private static string AddressOf(HttpContext context, bool claims) =>
        claims && context.Request.Headers["X-Forwarded-For"].ToString() is { Length: > 0 and < 500 } proxied
            ? proxied[(proxied.LastIndexOf(',') + 1)..].Trim()
            : context.Connection.RemoteIpAddress?.ToString() ?? "";
}
