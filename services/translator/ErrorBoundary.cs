using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Translator;

/// <summary>
/// Answers what an endpoint throws before its response has begun: with its own status and Anthropic's envelope. After that only the
/// endpoint knows how to end what it has begun, and what still gets out breaks the connection.
/// </summary>
internal static class ErrorBoundary
{
    /// <param name="endpoint">May throw whatever it likes.</param>
    /// <param name="failure">For the client, when the fault is the translator's own: what it failed to do.</param>
    /// <param name="log">Gets the faults of the translator's own.</param>
    public static RequestDelegate Around(RequestDelegate endpoint, string failure, ILogger log) => async context =>
    {
        try
        {
            await endpoint(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left, and the endpoint on its way out has given up its call to the provider.
        }
        catch (GatewayException e) when (!context.Response.HasStarted)
        {
            await RespondAsync(context, e);
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var headers = context.Request.Headers;
            log.TranslationFailed(headers[GatewayHeaders.RequestId].ToString(), headers[GatewayHeaders.Provider].ToString(), e);
            await RespondAsync(context, new GatewayException(ErrorKind.Internal, failure));
        }
    };

    private static Task RespondAsync(HttpContext context, GatewayException e) =>
        ErrorResponse.SendAsync(context.Response, e.Kind, e.Message, context.Request.Headers[GatewayHeaders.RequestId], e.RetryAfterSeconds);
}
