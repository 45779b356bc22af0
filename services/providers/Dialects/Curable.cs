namespace Gateway.Providers.Dialects;

/// <summary>
/// A row of a dialect's table of cures: something that the gateway puts into a request, that a provider may refuse, and that the request can do
/// without. What leaving it out costs, the writer notes in <c>gateway-dropped</c> where the client had asked for it.
/// </summary>
/// <param name="Field">As the writer asks <see cref="ProviderCall.Allows"/> for it.</param>
/// <param name="Names">A regular expression: how refusals speak of it beside that, by another name or by what it does.</param>
/// <param name="Shows">The known deviation that the refusal shows, in place of leaving the field out.</param>
/// <param name="IsHistory">Of earlier turns: the refusal is about what they hold, not about an unknown field.</param>
public sealed record Curable(string Field, string? Names = null, Quirk? Shows = null, bool IsHistory = false)
{
    private const string Thinking = @"\bthinking\b|\breasoning\b";
    private const string WebSearch = @"web[ _-]?search|enable[ _]search|hosted tool";
    private const string Schema = @"json[ _]schema|structured[ _]outputs?|response[ _]format";

    /// <summary>What OpenAI's two formats have in common.</summary>
    private static readonly Curable[] OfOpenAi =
    [
        new("parallel_tool_calls", "parallel (?:tool|function)"),
        new("safety_identifier"),
        new("prompt_cache_key"),
        new("prompt_cache_breakpoint", "cache (?:breakpoint|mark)s?|prompt caching"),
        new("temperature", "sampling param"),
        new("top_p", "sampling param"),
        new("top_k", "sampling param"),
        new("tool_choice", @"tool choice|forc\w+ (?:a )?(?:tool|function)"),
        new("strict", @"strict (?:mode|schema|tool|function)s?"),
        new("", @"system (?:message|prompt|role)s?\b.{0,40}\b(?:first|beginning|start|leading)", Quirk.LeadingSystemOnly),
    ];

    public static IReadOnlyList<Curable> OfChat { get; } =
    [
        new(ProviderSearch.Field, WebSearch),
        new("stream_options", "include_usage"),
        new(Adjustments.Effort, Thinking),
        new("reasoning", Thinking),
        new("enable_thinking", Thinking),
        new("chat_template_kwargs", $"chat[ _]template|{Thinking}"),
        new("thinking", Thinking),
        new("thinking_budget"),
        .. OfOpenAi,
        new("cache_control", "prompt caching"),
        new("stop", "stop sequences?", Quirk.NoStops),
        new("response_format", Schema, Quirk.NoJsonSchema),
        new("max_completion_tokens"),
        new("max_tokens"),
        new("", @"roles? must alternate|alternat\w+ (?:between )?(?:user|roles?)|conversation roles", Quirk.StrictAlternation),
        new("", @"content\b.{0,60}\b(?:must be a string|should be a (?:valid )?string|expected (?:a )?string)", Quirk.StringContent),
        new("", @"tools\b.{0,40}\b(?:must be (?:set|given|defined|specified|provided)|is required|are required)", Quirk.ToolsForHistory),
        new("", @"reasoning_content\b.{0,60}\b(?:missing|must be|required)", Quirk.ReplaysReasoningContent),
        new("", @"length of 9\b", Quirk.ToolIdsOfNine),
        new("", @"tool_calls?\b.{0,60}\bmaximum length (?:of )?40\b", Quirk.ToolIdsUpTo40),
    ];

    public static IReadOnlyList<Curable> OfResponses { get; } =
    [
        new("web_search_call.action.sources"),
        new("max_tool_calls"),
        new(ProviderSearch.Field, WebSearch),
        new("reasoning.summary", "reasoning summar(?:y|ies)"),
        new("reasoning.effort", "reasoning effort"),
        new("include", "encrypted content is not supported"),
        new("reasoning", Thinking),
        .. OfOpenAi,
        new("text.format", Schema, Quirk.NoJsonSchema),
        new("max_output_tokens"),
        new("store"),
        new(
            Adjustments.ReasoningItems,
            @"invalid_encrypted_content|encrypted[ _]content\b.{0,120}\b(?:could not|cannot|can't|invalid|fail)|of type 'reasoning'|\bitem (?:with id )?'?rs_",
            IsHistory: true),
    ];

    public static IReadOnlyList<Curable> OfGemini { get; } =
    [
        new(ProviderSearch.Field, @"google[_ ]?search|search (?:as a )?tool|search grounding|built-in tools"),
        new("parametersJsonSchema", "parameters_json_schema"),
        new("responseJsonSchema", "response_json_schema"),
        new("thinkingLevel", @"thinking[ _]?level"),
        new("thinkingBudget", @"thinking[ _]?budget|\bbudget -?\d+ is invalid"),
        new("includeThoughts", "include_thoughts"),
        new("thinkingConfig", $"thinking_config|{Thinking}"),
        new("id"),
        new("temperature"),
        new("top_p", @"\btopP\b"),
        new("top_k", @"\btopK\b"),
        new(
            Adjustments.ReasoningItems,
            @"(?:corrupted|invalid|not valid|unknown).{0,40}thought[ _]?signature|thought[ _]?signature.{0,40}(?:corrupted|invalid|not valid)",
            IsHistory: true),
    ];
}
