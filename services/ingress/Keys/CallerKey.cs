using Gateway.Contracts.Accounts;
using Gateway.Ingress.SignIn;
using Microsoft.Extensions.Primitives;

namespace Gateway.Ingress.Keys;

/// <summary>
/// The key texts a request carries. All clients send one of two headers; some send both. What is longer than any key of this gateway is not
/// looked at: it is empty, which no key is. Tokens of an identity provider are longer.
/// </summary>
internal readonly record struct CallerKey(string? ApiKey, string? Bearer)
{
    public bool IsEmpty => ApiKey is null && Bearer is null;

    public static CallerKey Of(HttpRequest request) =>
        new(Whole(request.Headers["x-api-key"]), BearerOf(request.Headers.Authorization));

    private static string? Whole(StringValues value) => value.Count == 1 && value[0] is { Length: > 0 } text ? Fitting(text, 0) : null;

    private static string? BearerOf(StringValues value)
    {
        const string scheme = "Bearer ";
        return value.Count == 1 && value[0] is { } text && text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && text.Length > scheme.Length
            ? Fitting(text, scheme.Length)
            : null;
    }

    private static string Fitting(string text, int start)
    {
        var key = text.AsSpan(start).Trim();
        if (key.Length > KeyHasher.MaxKeyLength && !CompanyTokens.IsToken(key))
            return "";
        return key.Length == text.Length ? text : key.ToString();
    }
}
