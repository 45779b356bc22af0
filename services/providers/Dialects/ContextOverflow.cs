using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Providers.Dialects;

/// <summary>
/// A request that does not fit the model's window. Clients compact the conversation or lower <c>max_tokens</c> when they read Anthropic's exact words,
/// compute with the figures in them, and do nothing useful otherwise (rule E123). Every server has words of its own, so each number is told by the words
/// around it; one that nobody said is not given.
/// </summary>
internal static partial class ContextOverflow
{
    private enum Role
    {
        Unknown,
        Limit,
        Input,
        Output,

        /// <summary>Input and output together, or what of them was meant is not said.</summary>
        Total,
    }

    /// <summary>Anthropic's message; null for a fault of another kind.</summary>
    public static string? Find(ProviderCall call, ProviderFault fault)
    {
        if (!Says(fault))
            return null;
        var figures = fault.PromptTokens is null ? Figures(fault.Message) : [];
        var limit = fault.ContextTokens ?? Single(figures, Role.Limit) ?? call.Model?.ContextTokens;
        if (limit is not { } window)
            return "prompt is too long";
        var total = Single(figures, Role.Total);
        var input = fault.PromptTokens ?? Input(figures);
        var output = Single(figures, Role.Output);
        input ??= total - output;
        output ??= total - input;
        // The limit of the output is part of what did not fit, also where only we know it.
        if (input <= window && output is not > 0)
            output = call.Adjustments.MaxTokens ?? call.Request.MaxTokens;
        if (input is { } fits && fits <= window)
        {
            return output is { } most && fits + most > window
                ? FormattableString.Invariant(
                    $"input length and `max_tokens` exceed context limit: {fits} + {most} > {window}, decrease input length or `max_tokens` and try again")
                : TooLong(window);
        }

        return (input ?? total) is { } tokens && tokens > window
            ? FormattableString.Invariant($"prompt is too long: {tokens} tokens > {window} maximum")
            : TooLong(window);
    }

    private static string TooLong(long limit) => FormattableString.Invariant($"prompt is too long: the maximum is {limit} tokens");

    private static bool Says(ProviderFault fault) =>
        Code().IsMatch(fault.Code ?? "") || Code().IsMatch(fault.Type ?? "") || fault.Code == "1261"
        || ((Words().IsMatch(fault.Message) || Shape().IsMatch(fault.Message)) && !PerTime().IsMatch(fault.Message));

    /// <summary>The numbers of a text with what the words right after, or else right before each of them say that it is.</summary>
    private static List<(Role Role, long Number, bool InList)> Figures(string text)
    {
        if (Sum().Match(text) is { Success: true } sum)
            return [(Role.Input, Number(sum.Groups[1]), false), (Role.Output, Number(sum.Groups[2]), false), (Role.Limit, Number(sum.Groups[3]), false)];
        var figures = new List<(Role, long, bool)>();
        var from = 0;
        foreach (Match number in Numbers().Matches(text))
        {
            var before = text[from..number.Index];
            if (Difference().IsMatch(before))
                continue;
            from = number.Index + number.Length;
            var role = After(text[from..]);
            if (role == Role.Unknown && Before().Matches(before) is { Count: > 0 } words)
                role = RoleOf(words[^1]);
            if (role != Role.Unknown)
                figures.Add((role, Number(number), text.LastIndexOf('(', number.Index) > text.LastIndexOf(')', number.Index)));
        }

        return figures;
    }

    private static Role After(string text) => Following().Match(text) is { Success: true } words ? RoleOf(words) : Role.Unknown;

    private static Role RoleOf(Match words) =>
        words.Groups["limit"].Success ? Role.Limit : words.Groups["output"].Success ? Role.Output : words.Groups["input"].Success ? Role.Input : Role.Total;

    private static long? Single(List<(Role Role, long Number, bool InList)> figures, Role role)
    {
        foreach (var figure in figures)
        {
            if (figure.Role == role)
                return figure.Number;
        }

        return null;
    }

    /// <summary>A list names the input in its parts: text, tools, images.</summary>
    private static long? Input(List<(Role Role, long Number, bool InList)> figures)
    {
        var parts = figures.Where(f => f is { Role: Role.Input, InList: true }).ToList();
        return parts.Count > 1 ? parts.Sum(f => f.Number) : Single(figures, Role.Input);
    }

    private static long Number(Capture digits) => long.Parse(digits.Value.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"context.*(?:length|window|size|limit).*exceed|exceed.*context|max_prompt_tokens|(?:prompt|input)_(?:is_)?too_long|tokens_limit_reached",
        RegexOptions.IgnoreCase)]
    private static partial Regex Code();

    [GeneratedRegex(
        @"maximum context length|context length (?:of )?only|maximum prompt length|context[_ ]size|context window|prompt is too long|context limit|"
        + @"prompt exceeds max length|range of input length|exceeded model token limit|"
        + @"reduce the length of (?:the|your)? ?(?:messages|prompt|input)|too large for model with|model maximum context|"
        + @"input is too long|maximum number of tokens allowed|`inputs` tokens \+ `max_new_tokens`",
        RegexOptions.IgnoreCase)]
    private static partial Regex Words();

    [GeneratedRegex(
        @"\b(?:prompt|input|context|conversation|messages|request)\b[\w\s'’()`,:-]{0,60}"
        + @"\b(?:exceed\w*|too long|too large|greater than|larger than|longer than|more than|over|beyond)\b[\w\s'’()`,:-]{0,60}"
        + @"\b(?:context|limit of|limit is|token limit|maximum (?:prompt|input|length|number of tokens)|n_ctx|max_model_len|max_seq_len|(?:model'?s? )max)\b|"
        + @"\b(?:prompt|input|context)\b[\w\s'’()`,:-]{0,40}\btokens?\b[\w\s'’()`,:-]{0,30}\bonly supports? (?:up to )?\d|"
        + @"\b(?:prompt|input|context|conversation|messages)\b (?:is|are) (?:too long|too large)|"
        + @"\bexceed\w*\b[\w\s'’()-]{0,40}\b(?:context (?:length|window|size|limit)|maximum (?:prompt|input|context))|maximum (?:sequence|model) length",
        RegexOptions.IgnoreCase)]
    private static partial Regex Shape();

    [GeneratedRegex(@"per[ -]?(?:min(?:ute)?|day|hour|second)\b|\b[TR]P[MDH]\b", RegexOptions.IgnoreCase)]
    private static partial Regex PerTime();

    [GeneratedRegex(@"([\d,]*\d) ?\+ ?([\d,]*\d) ?> ?([\d,]*\d)")]
    private static partial Regex Sum();

    [GeneratedRegex(@"(?<![\w.,])\d(?:[\d,]*\d)?(?!\.?\d|[A-Za-z%])")]
    private static partial Regex Numbers();

    /// <summary>Before a number that is a difference, or the lower end of a range.</summary>
    [GeneratedRegex(@"(?:\bby|\[)\s*$|\d?\s-\s$", RegexOptions.IgnoreCase)]
    private static partial Regex Difference();

    [GeneratedRegex(
        @"^[\s-]*(?:tokens?\s+)?(?:(?<limit>max(?:imum)?\b|context|limit\b)|"
        + @"(?:in|of|from|for)\s+(?:the\s+|your\s+)?(?:(?<output>completion|output|response|generation|`?max_)|"
        + @"(?<input>(?:\w+\s+){0,2}(?:input|prompt|messages?|tools?|functions?)))|"
        + @"(?<input>`?inputs?`?\b|prompt\b|text input|tool input)|(?<output>output|completion|`?max_(?:new|completion|output)?_?tokens))",
        RegexOptions.IgnoreCase)]
    private static partial Regex Following();

    [GeneratedRegex(
        @"(?<limit>\bmax(?:imum)? (?:\w+ ){0,3}(?:length|tokens?|size|window|count|limit)\b|maximum|\bmax\b|\blimit\b|"
        + @"context (?:length|window|size)|n_ctx|max_model_len|up to|at most|\bonly\b|supports?\b|allowed|<=|>|\[\d+,)|"
        + @"(?<output>max_(?:new_|completion_|output_)?tokens|completion|\boutput\b|too large)|(?<total>requested|\btotal\b|\bsum\b)|"
        + @"(?<input>prompt|\binput\b|messages|n_keep|\brequest\b|resulted in|contains|length is|\bcount\b|too long)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Before();
}
