using Dapr;
using Gateway.Contracts.Names;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Whatever goes wrong with an admin call is told as problem details: what no endpoint takes, and what an endpoint throws.</summary>
internal static class AdminErrors
{
    public static void UseAdminErrors(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(AdminErrors).FullName!);
        app.UseWhen(IsAdmin, branch => branch.Use(next => context => AnswerAsync(context, next, log)));
    }

    private static bool IsAdmin(HttpContext context) =>
        context.Request.Path.StartsWithSegments(InternalRoutes.Admin) || context.Request.Path.StartsWithSegments(InternalRoutes.Keys);

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        ProblemHttpResult? problem;
        try
        {
            await next(context);
            problem = OfStatus(context);
        }
        catch (BadHttpRequestException e)
        {
            problem = Problems.Of(e.StatusCode, "The request cannot be read.", e.Message);
        }
        catch (Exception e) when (e is DaprException or HttpRequestException
            || (e is OperationCanceledException && !context.RequestAborted.IsCancellationRequested))
        {
            Log.AdminFailed(log, context.Request.Path, e);
            problem = Problems.Unavailable();
        }

        if (problem is not null && !context.Response.HasStarted)
            await problem.ExecuteAsync(context);
    }

    /// <summary>Routing answers with a bare status what it has no endpoint for.</summary>
    private static ProblemHttpResult? OfStatus(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (response.HasStarted || response.ContentType is not null || response.ContentLength > 0)
            return null;
        return response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Problems.Of(
                404, $"The admin API has no {request.Path}.", $"GET {InternalRoutes.AdminDocument} lists what there is; /docs shows it."),
            StatusCodes.Status405MethodNotAllowed => Problems.Of(
                405, $"{request.Method} is not allowed on {request.Path}.", $"Allowed: {response.Headers.Allow}."),
            StatusCodes.Status415UnsupportedMediaType => Problems.Of(415, "The body is not called JSON.", "Send it with content-type: application/json."),
            >= 400 and var other => Problems.Of(other, "The request cannot be taken as it is."),
            _ => null,
        };
    }
}
