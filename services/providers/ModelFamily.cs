using System.Text.RegularExpressions;

namespace Gateway.Providers;

/// <summary>
/// What is known of a family of models by its name, whoever serves it. The catalog has the last word: <c>"quirks": ["!max-completion-tokens"]</c>.
/// </summary>
internal static partial class ModelFamily
{
    /// <summary>OpenAI's reasoning models refuse <c>max_tokens</c> and <c>stop</c>: https://platform.openai.com/docs/guides/reasoning</summary>
    private static readonly QuirkSet OfOpenAiReasoning = QuirkSet.Of(Quirk.MaxCompletionTokens, Quirk.NoStops, Quirk.ReasoningEffort);

    /// <param name="model">The model's id at the provider, which may have the maker's name before it.</param>
    public static QuirkSet Of(string model) => OpenAiReasoning().IsMatch(model) ? OfOpenAiReasoning : default;

    [GeneratedRegex(@"(?:^|/)(?:gpt-(?:[5-9]|\d\d)|o\d)(?![0-9])(?!.*-chat)", RegexOptions.IgnoreCase)]
    private static partial Regex OpenAiReasoning();
}
