using Gateway.Contracts.Names;

namespace Gateway.Contracts.Catalog;

/// <summary>The search service that the gateway asks for models whose provider does not search itself.</summary>
public sealed record SearchEntry
{
    public const string SearXng = "searxng";
    public const string Brave = "brave";
    public const string Tavily = "tavily";

    public static IReadOnlyList<string> Services { get; } = [SearXng, Brave, Tavily];

    /// <summary>One of <see cref="Services"/>.</summary>
    public required string Service { get; init; }

    /// <summary>Where it is; by default the service's own address. SearXNG has none.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>Name of the credential in the secret store; none means no credentials are sent.</summary>
    public string? Secret { get; init; }

    /// <summary>The HTTP proxy on the way there, as for a provider.</summary>
    public string? Proxy { get; init; }

    /// <summary>App id of the provider-adapter that asks.</summary>
    public string App { get; set; } = AppIds.ProviderAdapter;

    /// <summary>How many results a search brings, at most.</summary>
    public int Results { get; set; } = 5;

    /// <summary>How long one search may take.</summary>
    public int TimeoutMs { get; set; } = 10_000;

    /// <summary>What one search costs; without it SearXNG's are free, and of the others nobody knows.</summary>
    public SearchPrice? Price { get; init; }

    /// <summary>The fee for a search in this currency; null where it is not known in it.</summary>
    internal decimal? FeeIn(string currency) =>
        Price is null ? (Service == SearXng ? 0 : null) : Price.Currency == currency ? Price.PerSearch : null;
}
