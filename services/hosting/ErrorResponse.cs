using System.Buffers;
using System.Globalization;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Microsoft.AspNetCore.Http;

namespace Gateway.Hosting;

/// <summary>Anthropic's error envelope as the answer to a request that nothing has been sent for yet.</summary>
public static class ErrorResponse
{
    /// <summary>With the headers that the services and the client go by.</summary>
    public static async Task SendAsync(
        HttpResponse response, ErrorKind kind, string message, string? requestId, int? retryAfterSeconds = null, string? code = null)
    {
        var info = ErrorTable.Of(kind);
        response.StatusCode = info.Status;
        response.ContentType = "application/json";
        response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginGateway;
        response.Headers[GatewayHeaders.ErrorKind] = kind.ToString();
        if (retryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (code is not null)
            response.Headers[GatewayHeaders.ErrorCode] = code;
        if (!info.ClientShouldRetry)
            response.Headers["x-should-retry"] = "false";
        var body = new ArrayBufferWriter<byte>(256);
        AnthropicError.Write(body, info.Type, message, requestId, code);
        response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
            await response.Body.WriteAsync(body.WrittenMemory, response.HttpContext.RequestAborted);
    }
}
