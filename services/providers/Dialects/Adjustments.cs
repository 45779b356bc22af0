using System.Collections.Immutable;
using Gateway.Contracts.Names;

namespace Gateway.Providers.Dialects;

/// <summary>What was learnt from a provider's refusals, for the same request sent again and for those after it (rules E47, E109).</summary>
public sealed record Adjustments
{
    public const string Effort = "reasoning_effort";

    /// <summary>Not a field, but the values of one.</summary>
    public const string EffortOverHigh = "reasoning_effort over high";

    /// <summary>All values but <c>none</c>.</summary>
    public const string EffortOverNone = "reasoning_effort over none";

    /// <summary>Reasoning of earlier turns, which the provider can no longer read.</summary>
    public const string ReasoningItems = "content.thinking";

    private const string Api = "api ";

    public static Adjustments None { get; } = new();

    /// <summary>The provider's own limit of the output.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The least limit of the output that it takes.</summary>
    public int? LeastTokens { get; init; }

    /// <summary>Whether it is asked for a stream, whatever the client asked for; null: as the client did.</summary>
    public bool? Stream { get; init; }

    /// <summary>The wire format of another API of the provider, which is used in place of the catalog's.</summary>
    public string? Over { get; init; }

    /// <summary>Fields of the provider's request that it does not know.</summary>
    public ImmutableHashSet<string> Without { get; init; } = [];

    /// <summary>Deviations that a refusal has shown.</summary>
    public QuirkSet Quirks { get; init; }

    /// <summary>What holds for other requests, too. A limit of tokens, and what is wrong with a history, are of one request.</summary>
    public Adjustments Lasting => this with { MaxTokens = null, Without = Without.Remove(ReasoningItems) };

    public Adjustments Leaving(params IEnumerable<string> fields) => this with { Without = Without.Union(fields) };

    /// <summary>Over another API, or over the first one again after that was refused.</summary>
    /// <param name="from">The one that was refused. Chat Completions stays a way back.</param>
    /// <param name="catalog">The one that the catalog says.</param>
    public Adjustments MovingTo(string dialect, string from, string catalog) => this with
    {
        Over = dialect == catalog ? null : dialect,
        Without = from == DialectNames.OpenAiChat ? Without : Without.Add(Api + from),
    };

    public bool HasLeft(string dialect) => Without.Contains(Api + dialect);

    public bool Equals(Adjustments? other) =>
        other is not null && MaxTokens == other.MaxTokens && LeastTokens == other.LeastTokens && Stream == other.Stream && Over == other.Over
        && Quirks == other.Quirks && Without.SetEquals(other.Without);

    public override int GetHashCode() => HashCode.Combine(MaxTokens, LeastTokens, Stream, Over, Quirks, Without.Count);
}
