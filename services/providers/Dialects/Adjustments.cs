using System.Collections.Immutable;

namespace Gateway.Providers.Dialects;

/// <summary>What was learnt from a provider's refusal, for the one repetition of the request (rules E47, E109).</summary>
public sealed record Adjustments
{
    public const string Effort = "reasoning_effort";

    /// <summary>Not a field, but the values of one.</summary>
    public const string EffortOverHigh = "reasoning_effort over high";

    public static Adjustments None { get; } = new();

    /// <summary>The provider's own limit of the output.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Fields of the provider's request that it does not know.</summary>
    public ImmutableHashSet<string> Without { get; init; } = [];
}
