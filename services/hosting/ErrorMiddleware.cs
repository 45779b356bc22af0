using Gateway.Contracts.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Hosting;

/// <summary>
/// Whatever goes wrong further in is answered in Anthropic's envelope here and nowhere else: a <see cref="GatewayException"/> as it says, a
/// request that is not HTTP or too large, a path that does not exist, and the unexpected, which is logged with its stack trace.
/// </summary>
public static partial class ErrorMiddleware
{
    private const string LogCategory = "Gateway.Hosting.Errors";

    /// <param name="requestId">The id of the request, for the answer and the log; null where it has none.</param>
    public static void UseErrorResponses(this IApplicationBuilder app, Func<HttpContext, string?> requestId)
    {
        var log = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory);
        app.Use(next => context => HandleAsync(context, next, requestId, log));
    }

    private static async Task HandleAsync(HttpContext context, RequestDelegate next, Func<HttpContext, string?> requestId, ILogger log)
    {
        var response = context.Response;
        try
        {
            await next(context);
            if (response is { StatusCode: 404 or 405, HasStarted: false, ContentLength: null, ContentType: null })
                await NoSuchEndpointAsync(context, requestId(context));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
            context.Abort();
        }
        catch (Exception e)
        {
            var id = requestId(context);
            var (kind, message, retryAfter) = Answer(e);
            if (kind == ErrorKind.Internal)
                LogUnexpected(log, id, response.Headers["x-request-id"].ToString() is { Length: > 0 } callers ? callers : "none", e);
            if (response.HasStarted || response.BodyWriter is { CanGetUnflushedBytes: true, UnflushedBytes: > 0 })
            {
                // Too late for a status, or for another body than the one that has begun: the broken connection is what tells the client.
                context.Abort();
                return;
            }

            await ErrorResponse.SendAsync(response, kind, message, id, retryAfter, (e as GatewayException)?.Code);
        }
    }

    private static (ErrorKind Kind, string Message, int? RetryAfterSeconds) Answer(Exception e) => e switch
    {
        GatewayException known => (known.Kind, known.Message, known.RetryAfterSeconds),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => (ErrorKind.RequestTooLarge, RequestBodies.TooLarge().Message, null),
        BadHttpRequestException bad => (ErrorKind.InvalidRequest, bad.Message, null),
        _ => (ErrorKind.Internal, "The gateway failed unexpectedly. The request id names the entry in its log.", null),
    };

    private static Task NoSuchEndpointAsync(HttpContext context, string? requestId)
    {
        var request = context.Request;
        var response = context.Response;
        var (kind, message) = response.StatusCode == StatusCodes.Status405MethodNotAllowed
            ? (ErrorKind.MethodNotAllowed, $"{request.Method} is not allowed on {request.Path}; allowed: {response.Headers.Allow}.")
            : (ErrorKind.NotFound, $"There is no {request.Method} {request.Path} on this gateway. GET /openapi/v1.json lists what there is; /docs shows it.");
        return ErrorResponse.SendAsync(response, kind, message, requestId);
    }

    [LoggerMessage(LogLevel.Error, "Request {RequestId}, x-request-id {XRequestId}, failed unexpectedly")]
    private static partial void LogUnexpected(ILogger logger, string? requestId, string xRequestId, Exception e);
}
