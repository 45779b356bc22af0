using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Providers.Dialects;

/// <summary>
/// A request that does not fit the model's window. Clients compact the conversation or lower <c>max_tokens</c> when they read Anthropic's
/// exact words, and do nothing useful otherwise (rule E123).
/// </summary>
internal static partial class ContextOverflow
{
    /// <summary>Anthropic's message; null for a fault of another kind.</summary>
    public static string? Find(ProviderCall call, ProviderFault fault)
    {
        var says = fault.Code is "context_length_exceeded" or "exceed_context_size_error" or "1261"
            || fault.Type is "context_length_exceeded" or "exceed_context_size_error"
            || Words().IsMatch(fault.Message);
        if (!says)
            return null;
        var context = fault.ContextTokens ?? Number(Context().Match(fault.Message)) ?? call.Model?.ContextTokens;
        var parts = Parts().Match(fault.Message);
        if (parts.Success && context is { } window)
        {
            var input = Number(parts.Groups["in"])!.Value;
            var output = Number(parts.Groups["out"])!.Value;
            if (input <= window && output > 0)
            {
                return FormattableString.Invariant(
                    $"input length and `max_tokens` exceed context limit: {input} + {output} > {window}, decrease input length or `max_tokens` and try again");
            }

            return TooLong(input, window);
        }

        var prompt = fault.PromptTokens ?? Number(Prompt().Match(fault.Message)) ?? call.InputEstimate;
        var limit = context ?? call.InputEstimate;
        return TooLong(prompt, limit);
    }

    private static string TooLong(long prompt, long limit) =>
        FormattableString.Invariant($"prompt is too long: {Math.Max(prompt, limit + 1)} tokens > {limit} maximum");

    private static long? Number(Match match) => match.Success ? Number(match.Groups.Values.Skip(1).First(g => g.Success)) : null;

    private static long? Number(Group group) =>
        long.TryParse(group.Value.Replace(",", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(
        @"maximum context length|context length (?:of )?only|maximum prompt length|context[_ ]size|context window|prompt is too long|"
        + @"prompt exceeds max length|range of input length|exceeded model token limit|"
        + @"reduce the length of (?:the|your)? ?(?:messages|prompt|input)|too large for model with|model maximum context|"
        + @"input is too long|maximum number of tokens allowed|`inputs` tokens \+ `max_new_tokens`",
        RegexOptions.IgnoreCase)]
    private static partial Regex Words();

    [GeneratedRegex(
        @"context length (?:is|of only|of) ([\d,]+)|prompt length is ([\d,]+)|model with ([\d,]+) maximum|"
        + @"maximum context length:? ([\d,]+)|token limit: ([\d,]+)|while limit is ([\d,]+)|input length should be \[\d+, ([\d,]+)\]|"
        + @"must be <= ([\d,]+)|context (?:size|window) (?:is |of )?\(?([\d,]+)|number of tokens allowed \(?([\d,]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Context();

    [GeneratedRegex(
        @"resulted in ([\d,]+) tokens|requested (?:about )?([\d,]+) tokens|request contains ([\d,]+) tokens|"
        + @"Prompt contains ([\d,]+) tokens|too long: ([\d,]+)|\(requested: ([\d,]+)\)|Current length is ([\d,]+)|"
        + @"request \(([\d,]+) tokens\)|has ([\d,]+) input tokens|input token count \(?([\d,]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Prompt();

    /// <summary>Input and output apart.</summary>
    [GeneratedRegex(
        @"\((?<in>[\d,]+) (?:in the (?:messages|prompt)|of text input)[^)]*?, (?<out>[\d,]+) in the (?:completion|output)\)|"
        + @"Given: (?<in>[\d,]+) `inputs` tokens and (?<out>[\d,]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Parts();
}
