using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Sessions;
using Gateway.AdminConsole.Shared;
using Gateway.Contracts.Names;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.AdminConsole.Web;

/// <summary>What goes wrong while a page is made is a page as well, with the status that says so to programs.</summary>
internal static class PageErrors
{
    public static void UsePageErrors(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Gateway.Console.Pages");
        app.Use(next => async context =>
        {
            try
            {
                await next(context);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                context.Abort();
            }
            catch (Exception e) when (!context.Response.HasStarted)
            {
                if (e is ApiException { Status: 401 })
                {
                    SessionCookie.End(context);
                    context.Response.Redirect(SignInPath.For(context.Request, ended: true));
                    return;
                }

                if (e is not (ApiException or BadHttpRequestException))
                    Log.PageFailed(log, context.Request.Path, e);
                await ShowAsync(context, e as ApiException ?? Unexpected(e));
            }
        });
    }

    /// <summary>Whatever else is asked for under the console's path.</summary>
    public static void MapNoPage(this WebApplication app)
    {
        var none = new ApiException(StatusCodes.Status404NotFound, "There is no such page", null);
        app.MapFallback(InternalRoutes.Console + "/{**rest}", (RequestDelegate)(context => ShowAsync(context, none)));
    }

    public static async Task ShowAsync(HttpContext context, ApiException problem)
    {
        context.Response.StatusCode = problem.Status;
        // Of the page that failed; this one adds its own, and must not find one.
        context.Response.Headers.Remove("blazor-enhanced-nav");
        // The services that have begun to draw a page draw no second one.
        await using var scope = context.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Visit>().GoOn(context.RequestServices.GetRequiredService<Visit>());
        var services = context.RequestServices;
        context.RequestServices = scope.ServiceProvider;
        try
        {
            var page = new RazorComponentResult<ErrorDocument>(new Dictionary<string, object?> { [nameof(ErrorDocument.Problem)] = problem })
            {
                StatusCode = problem.Status,
            };
            await page.ExecuteAsync(context);
        }
        finally
        {
            context.RequestServices = services;
        }
    }

    private static ApiException Unexpected(Exception e) => e is BadHttpRequestException bad
        ? new(bad.StatusCode, "The form cannot be read", bad.Message)
        : new(500, "This page failed unexpectedly", "The console's log has the details.");
}
