using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress.Endpoints;

/// <summary>What every request to ingress meets first: cheap probes, CORS, and an Anthropic error for whatever goes wrong further in.</summary>
internal static class FrontDoor
{
    public static void UseFrontDoor(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Gateway.Ingress");
        app.Use(next => context => HandleAsync(context, next, log));
    }

    private static async Task HandleAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        var request = context.Request;
        if (request.Headers.Origin.Count > 0 && AllowBrowser(context))
            return;
        // Claude Code probes its base URL with HEAD before the first request (rule E146).
        if (HttpMethods.IsHead(request.Method))
        {
            RequestIds.Of(context);
            context.Response.StatusCode = StatusCodes.Status200OK;
            return;
        }

        try
        {
            await next(context);
            var status = context.Response.StatusCode;
            if (status is 404 or 405 && !context.Response.HasStarted && context.Response.ContentLength is null && context.Response.ContentType is null)
                await NoSuchEndpointAsync(context, status);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left.
        }
        catch (BadHttpRequestException e)
        {
            await FailAsync(context, e.StatusCode == 413 ? ErrorKind.RequestTooLarge : ErrorKind.InvalidRequest, e.Message);
        }
        catch (GatewayException e)
        {
            await FailAsync(context, e.Kind, e.Message);
        }
        catch (Exception e)
        {
            Log.Unexpected(log, context.Response.Headers[GatewayHeaders.RequestId].ToString(), e);
            await FailAsync(context, ErrorKind.Internal, "The gateway failed unexpectedly. The request id names the entry in its log.");
        }
    }

    private static async Task FailAsync(HttpContext context, ErrorKind kind, string message)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            // Too late for a status: the broken connection is what tells the client.
            context.Abort();
            return;
        }

        var id = response.Headers[GatewayHeaders.RequestId].ToString() is { Length: > 0 } known ? known : RequestIds.Of(context);
        await ErrorResponse.SendAsync(response, kind, message, id);
    }

    private static Task NoSuchEndpointAsync(HttpContext context, int status)
    {
        var request = context.Request;
        var (kind, message) = status == 405
            ? (ErrorKind.MethodNotAllowed, $"{request.Method} is not allowed on {request.Path}; allowed: {context.Response.Headers.Allow}.")
            : (ErrorKind.NotFound, $"There is no {request.Method} {request.Path} on this gateway. GET {ApiDocument.Path} lists what there is; /docs shows it.");
        return ErrorResponse.SendAsync(context.Response, kind, message, RequestIds.Of(context));
    }

    /// <summary>Browser clients send <c>anthropic-dangerous-direct-browser-access</c> and expect what the Anthropic API answers them.</summary>
    private static bool AllowBrowser(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = "*, request-id, retry-after, gateway-request-id, gateway-dropped";
        if (!HttpMethods.IsOptions(context.Request.Method))
            return false;
        headers.AccessControlAllowMethods = "GET, POST, HEAD, OPTIONS";
        headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders.ToString() is { Length: > 0 } asked ? asked : "*";
        headers.AccessControlMaxAge = "86400";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
