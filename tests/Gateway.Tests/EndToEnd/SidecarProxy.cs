using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.EndToEnd;

/// <summary>Another address of a sidecar, at which a test may keep calls back or fail them.</summary>
internal sealed class SidecarProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _behind;

    private SidecarProxy(WebApplication app, HttpClient behind) => (_app, _behind) = (app, behind);

    public string Url => _app.Urls.First();

    /// <summary>Fails actor calls as they do when billing is gone.</summary>
    public static Task<bool> NoActors(HttpContext context) => NoActor(context, "");

    /// <summary>The same for actors whose path has this in it.</summary>
    public static async Task<bool> NoActor(HttpContext context, string id)
    {
        if (context.Request.Path.Value is not { } path || !path.Contains("/actors/", StringComparison.Ordinal) || !path.Contains(id, StringComparison.Ordinal))
            return false;
        context.Response.StatusCode = 500;
        await context.Response.WriteAsync("""{"errorCode":"ERR_ACTOR_INVOKE_METHOD","message":"error invoke actor method: did not find address for actor"}""");
        return true;
    }

    /// <param name="sidecar">The real one.</param>
    /// <param name="takes">True when it has answered the call itself.</param>
    public static async Task<SidecarProxy> StartAsync(Uri sidecar, Func<HttpContext, Task<bool>> takes)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = new SidecarProxy(builder.Build(), new HttpClient { BaseAddress = sidecar });
        proxy._app.Run(async context =>
        {
            if (!await takes(context))
                await proxy.ForwardAsync(context);
        });
        await proxy._app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _behind.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        // Whole, since a path may begin with two slashes (the official actor client's do), which by itself would name a host.
        var target = new Uri(_behind.BaseAddress!.GetLeftPart(UriPartial.Authority) + context.Request.Path.ToUriComponent() + context.Request.QueryString);
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), target);
        if (!HttpMethods.IsGet(context.Request.Method))
            request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers)
        {
            if (name is not ("Host" or "Transfer-Encoding" or "Content-Length") && !request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        using var response = await _behind.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            if (name is not "Transfer-Encoding")
                context.Response.Headers[name] = values.ToArray();
        }

        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
