using Gateway.Contracts.Names;

namespace Gateway.Contracts.Catalog;

/// <summary>That the gateway reads pages of the web for models of other providers, and which. Without it, it reads none.</summary>
public sealed record FetchEntry
{
    /// <summary>The only hosts that are read, with those below them; any where there is no list.</summary>
    public IReadOnlyList<string>? AllowedDomains { get; init; }

    /// <summary>Hosts that are not read, nor those below them.</summary>
    public IReadOnlyList<string>? BlockedDomains { get; init; }

    /// <summary>Networks that may be read although their addresses are not public, such as <c>10.20.0.0/16</c>.</summary>
    public IReadOnlyList<string>? Networks { get; init; }

    public IReadOnlyList<int> Ports { get; set; } = [80, 443];

    /// <summary>The HTTP proxy on the way; it, then, has to keep private addresses out. Without one there is none, whatever the environment says.</summary>
    public string? Proxy { get; init; }

    /// <summary>App id of the provider-adapter that reads.</summary>
    public string App { get; set; } = AppIds.ProviderAdapter;

    /// <summary>Whether a site's robots.txt is asked first.</summary>
    public bool Robots { get; set; } = true;

    /// <summary>How the gateway names itself, to sites and in their robots.txt.</summary>
    public string Agent { get; set; } = "llm-gateway";

    /// <summary>The largest page, uncompressed.</summary>
    public int MaxBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How long one page may take, its redirects included.</summary>
    public int TimeoutMs { get; set; } = 20_000;
}
