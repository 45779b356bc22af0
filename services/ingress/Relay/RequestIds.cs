using System.Security.Cryptography;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.Relay;

/// <summary>Gives a request its id, and puts it on the response where every client looks for it.</summary>
internal static class RequestIds
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static string Of(HttpContext context)
    {
        var id = "req_" + RandomNumberGenerator.GetString(Alphabet, 24);
        var headers = context.Response.Headers;
        headers["request-id"] = id;
        headers[GatewayHeaders.RequestId] = id;
        // The caller's own id comes back as it was (contract of MyRouter).
        if (context.Request.Headers.TryGetValue("x-request-id", out var own) && own.Count == 1 && own[0] is { Length: > 0 and <= 256 } text && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            headers["x-request-id"] = text;
        return id;
    }
}
