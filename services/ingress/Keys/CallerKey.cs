using Microsoft.Extensions.Primitives;

namespace Gateway.Ingress.Keys;

/// <summary>The key texts a request carries. All clients send one of two headers; some send both.</summary>
internal readonly record struct CallerKey(string? ApiKey, string? Bearer)
{
    public bool IsEmpty => ApiKey is null && Bearer is null;

    public static CallerKey Of(HttpRequest request) =>
        new(NonEmpty(request.Headers["x-api-key"]), BearerOf(request.Headers.Authorization));

    private static string? NonEmpty(StringValues value) => value.Count == 1 && value[0] is { Length: > 0 } text ? text.Trim() : null;

    private static string? BearerOf(StringValues value)
    {
        const string scheme = "Bearer ";
        return value.Count == 1 && value[0] is { } text && text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && text.Length > scheme.Length
            ? text[scheme.Length..].Trim()
            : null;
    }
}
