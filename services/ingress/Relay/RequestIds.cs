using Gateway.Contracts.Names;

namespace Gateway.Ingress.Relay;

/// <summary>Gives a request its id, and puts it on the response where every client looks for it.</summary>
internal static class RequestIds
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>142 random bits. An id has to be unique, not secret: a generator for secrets would cost more than the rest of this.</summary>
    public static string New() => string.Create(28, 0, static (text, _) =>
    {
        "req_".CopyTo(text);
#pragma warning disable CA5394 // No secret.
        Random.Shared.GetItems(Alphabet, text[4..]);
#pragma warning restore CA5394
    });

    /// <summary>The id that the request has already, else a new one.</summary>
    public static string Known(HttpContext context) =>
        context.Response.Headers[GatewayHeaders.RequestId].ToString() is { Length: > 0 } known ? known : Of(context);

    public static string Of(HttpContext context) => Of(context, out _);

    /// <param name="context">The request.</param>
    /// <param name="callersId">What the caller itself calls the request, in <c>x-request-id</c>; null where that is missing, too long or no text.</param>
    public static string Of(HttpContext context, out string? callersId)
    {
        callersId = null;
        var id = New();
        var headers = context.Response.Headers;
        headers["request-id"] = id;
        headers[GatewayHeaders.RequestId] = id;
        // The caller's own id comes back as it was (contract of MyRouter).
        if (context.Request.Headers.TryGetValue("x-request-id", out var own) && own.Count == 1 && own[0] is { Length: > 0 and <= 256 } text
            && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            headers["x-request-id"] = callersId = text;
        return id;
    }
}
