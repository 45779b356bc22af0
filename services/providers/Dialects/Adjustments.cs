using System.Collections.Immutable;

namespace Gateway.Providers.Dialects;

/// <summary>What was learnt from a provider's refusal, for the one repetition of the request (rules E47, E109).</summary>
public sealed record Adjustments
{
    public static Adjustments None { get; } = new();

    /// <summary>The provider's own limit of the output.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Fields of the provider's request that it does not know.</summary>
    public ImmutableHashSet<string> Without { get; init; } = [];
}
