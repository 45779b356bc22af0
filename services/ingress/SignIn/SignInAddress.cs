using Gateway.Hosting;
using Gateway.Ingress.Endpoints;

namespace Gateway.Ingress.SignIn;

/// <summary>By which address people and clients reach the gateway.</summary>
internal sealed class SignInAddress(SignInOptions options)
{
    private readonly string? _public = options.PublicUrl?.TrimEnd('/');

    /// <summary>Behind which of these a client was given its base URL; the first is that of the gateway itself.</summary>
    public static IReadOnlyList<string> Bases { get; } =
        [.. ApiEndpoints.Roots.Concat(ApiEndpoints.OtherRoots.Keys).SelectMany(BasesOf).Distinct(StringComparer.Ordinal).OrderBy(b => b.Length)];

    /// <summary>Scheme, host and port; without a slash at the end.</summary>
    public string Of(HttpRequest request) => _public ?? $"{request.Scheme}://{request.Host.ToUriComponent()}";

    /// <summary>The same of the console, which may have a host of its own.</summary>
    public string OfConsole(HttpRequest request) => options.ConsoleUrl?.TrimEnd('/') ?? Of(request);

    /// <summary>Whether what is sent between here and a browser is nobody else's to read.</summary>
    public bool IsSafe(HttpRequest request) => _public is not null || request.IsHttps || HostNames.IsLocal(request.Host.Value ?? "");

    public bool IsHttps(HttpRequest request) => Of(request).StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>A page of the gateway's own has sent this form, and no other site.</summary>
    public bool IsSameOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site)
            return site == "same-origin";
        return request.Headers.Origin is { Count: 1 } origin && origin == OriginOf(Of(request));
    }

    private static string OriginOf(string url) => new Uri(url).GetLeftPart(UriPartial.Authority);

    private static IEnumerable<string> BasesOf(string root) => root.EndsWith("/v1", StringComparison.Ordinal) ? [root, root[..^3]] : [root];
}
