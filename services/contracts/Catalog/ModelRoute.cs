using Gateway.Contracts.Names;

namespace Gateway.Contracts.Catalog;

/// <summary>One way to serve a model: a provider, the model's id there, what it costs there and how much fits.</summary>
public sealed record ModelRoute(RouteEntry Entry, ProviderEntry Provider, Price? Price, int? ContextTokens = null)
{
    /// <summary>Whether bytes pass through, or the translator is needed.</summary>
    public bool IsNative { get; } = DialectNames.IsNative(Provider.Dialect);

    /// <summary>Native, and neither Anthropic's own address nor this process: an endpoint that may know less than Anthropic's.</summary>
    public bool IsLookAlike { get; } = DialectNames.IsNative(Provider.Dialect) && Provider.Dialect != DialectNames.Demo && !IsAnthropic(Provider.BaseUrl);

    /// <summary>The model that judges tool calls, as the catalog says: the route's own, else the model's, else that of all.</summary>
    public string? SafeguardsModel { get; init; }

    private static bool IsAnthropic(string? baseUrl) =>
        Uri.TryCreate(baseUrl, UriKind.Absolute, out var url)
        && (url.Host.Equals("anthropic.com", StringComparison.OrdinalIgnoreCase) || url.Host.EndsWith(".anthropic.com", StringComparison.OrdinalIgnoreCase));
}
