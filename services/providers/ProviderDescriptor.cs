using Gateway.Providers.Clouds;
using Gateway.Providers.Dialects;

namespace Gateway.Providers;

/// <summary>What is known of a provider beyond its wire format.</summary>
public sealed record ProviderDescriptor
{
    /// <summary>The name catalogs use for it.</summary>
    public required string Name { get; init; }

    /// <summary>Where its API lives, for catalog entries without <c>baseUrl</c>; null where every account has its own.</summary>
    public string? BaseUrl { get; init; }

    public QuirkSet Quirks { get; init; }

    /// <summary>It serves the models of others as their makers do, and not behind an interface of its own.</summary>
    public bool PassesFamiliesOn { get; init; }

    /// <summary>A cloud's own way to Claude, where it differs from Anthropic's.</summary>
    public Door? Door { get; init; }

    /// <summary>The cloud that knows who asks; null for a provider that takes a key, or nothing.</summary>
    public CloudLogin? Login { get; init; }

    /// <summary>The credential header, where it is not the dialect's.</summary>
    public CredentialHeader? Credentials { get; init; }
}
