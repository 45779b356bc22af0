namespace Gateway.Providers;

/// <summary>
/// A named deviation of a provider from its wire format. The catalog spells the same names in kebab-case:
/// <c>"quirks": ["max-completion-tokens", "!stream-options"]</c>.
/// </summary>
public enum Quirk
{
    /// <summary><c>max_completion_tokens</c> in place of <c>max_tokens</c>, which reasoning models refuse (rule E108).</summary>
    MaxCompletionTokens,

    /// <summary><c>stream_options</c> is refused, so usage can't be asked for (rule E47).</summary>
    NoStreamOptions,
}
