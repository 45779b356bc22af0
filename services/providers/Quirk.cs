namespace Gateway.Providers;

/// <summary>
/// A named deviation of a provider from the plain wire format. The catalog spells the same names in kebab-case:
/// <c>"quirks": ["max-completion-tokens", "!top-k"]</c>.
/// </summary>
public enum Quirk
{
    // Parameters.

    /// <summary><c>max_completion_tokens</c> in place of <c>max_tokens</c>, which reasoning models refuse (rule E108).</summary>
    MaxCompletionTokens,

    /// <summary><c>stream_options</c> is refused, so usage can't be asked for (rule E47).</summary>
    NoStreamOptions,

    /// <summary>Understands <c>top_k</c> (rule E111).</summary>
    TopK,

    /// <summary>Takes any number of stop sequences (rule E35).</summary>
    ManyStops,

    /// <summary>Takes up to 16 stop sequences (rule E35).</summary>
    StopsUpTo16,

    /// <summary>Takes one stop sequence only (rule E35).</summary>
    OneStop,

    /// <summary>A stop sequence has at most 32 bytes; longer ones are looked for here (rule E35).</summary>
    ShortStops,

    /// <summary>Takes no stop sequences, so all of them are looked for here (rule E35).</summary>
    NoStops,

    /// <summary>Reasoning models refuse <c>stop</c>, so all sequences are looked for here (rule E35).</summary>
    NoStopsWhenReasoning,

    /// <summary>Reasoning models refuse <c>temperature</c> and <c>top_p</c> (rule E110).</summary>
    NoSamplingWhenReasoning,

    /// <summary>Takes <c>safety_identifier</c>, a hash in place of the user's id (rule E81).</summary>
    SafetyIdentifier,

    // Messages.

    /// <summary>Only the first message may be a system message; later ones become user messages (rule E71).</summary>
    LeadingSystemOnly,

    /// <summary>Texts only as one string, never as a list of parts.</summary>
    StringContent,

    /// <summary>User and assistant must alternate strictly (rule E77).</summary>
    StrictAlternation,

    /// <summary>After the results of its calls only the assistant may speak, and a system message follows only a user's (rule E59).</summary>
    AssistantAfterTools,

    /// <summary>Continues a last assistant message that is marked <c>"prefix": true</c> (rule E40).</summary>
    PrefillPrefix,

    /// <summary>Continues a last assistant message that is marked <c>"partial": true</c> (rule E40).</summary>
    PrefillPartial,

    /// <summary>Continues a last assistant message under <c>continue_final_message</c> (rule E40).</summary>
    PrefillContinue,

    /// <summary>Keeps the requests of a conversation together by <c>prompt_cache_key</c>.</summary>
    PromptCacheKey,

    /// <summary>Cache marks as <c>prompt_cache_breakpoint</c> on a part (rule E75).</summary>
    PromptCacheBreakpoints,

    /// <summary>Cache marks as Anthropic's own <c>cache_control</c> on a part.</summary>
    CacheControl,

    /// <summary>…without a <c>ttl</c>: every cache lives five minutes.</summary>
    CacheWithoutTtl,

    // Media.

    /// <summary>Does not fetch images; only inline ones work (rule E101).</summary>
    NoImageUrls,

    /// <summary>Takes PDF documents as <c>file</c> parts (rule E104).</summary>
    FileParts,

    /// <summary>A <c>file</c> part may also be a URL.</summary>
    FileUrls,

    /// <summary>Takes PDF documents, inline or by URL, as <c>document_url</c> parts (rule E104).</summary>
    DocumentUrlParts,

    // Tools.

    /// <summary>Call ids are exactly nine letters and digits (rule E54).</summary>
    ToolIdsOfNine,

    /// <summary>Call ids of at most 40 characters (rule E52).</summary>
    ToolIdsUpTo40,

    /// <summary>The name of a tool begins with a letter (rule E55).</summary>
    ToolNamesBeginWithLetter,

    /// <summary>Understands <c>strict</c> on a function (rule E69).</summary>
    StrictTools,

    /// <summary>Refuses <c>parallel_tool_calls</c> (rule E64).</summary>
    NoParallelToolCalls,

    /// <summary>One call at a time unless asked for more by <c>parallel_tool_calls</c>, where Anthropic's default is many.</summary>
    ParallelToolsOnRequest,

    /// <summary>Can't be made to call a tool: <c>tool_choice</c> is auto or none.</summary>
    NoForcedTools,

    /// <summary>Can't be made to call a tool while it thinks, which it does by default; a forced tool switches thinking off (rule E93).</summary>
    ForcedToolsEndThinking,

    /// <summary><c>tool_choice</c> is a word, never an object; a named tool is forced by being the only one there is.</summary>
    ToolChoiceByWord,

    /// <summary>Forces any tool by <c>"any"</c>, not <c>"required"</c>.</summary>
    ToolChoiceAny,

    /// <summary>Of Gemini: knows Google's own subset of schemas only, not <c>parametersJsonSchema</c> and <c>responseJsonSchema</c> (rule E99).</summary>
    SubsetSchemas,

    /// <summary>
    /// A schema beside <c>anyOf</c> has no <c>type</c> of its own, each of its branches has; what is enumerated has a type; and definitions
    /// are in <c>$defs</c> (rule E98).
    /// </summary>
    TypesInBranches,

    /// <summary>No answers by JSON schema (rule E100).</summary>
    NoJsonSchema,

    /// <summary>…beside tools.</summary>
    NoJsonSchemaBesideTools,

    /// <summary>Refuses tool calls in the history of a request without tools (rule E67).</summary>
    ToolsForHistory,

    // Reasoning.

    /// <summary>Thinking is asked for by <c>reasoning_effort</c> (rule E92).</summary>
    ReasoningEffort,

    /// <summary>…and switched off by its value <c>none</c>.</summary>
    ReasoningEffortNone,

    /// <summary>…whose highest value is <c>high</c>.</summary>
    EffortUpToHigh,

    /// <summary>…whose highest value is <c>xhigh</c>.</summary>
    EffortUpToXhigh,

    /// <summary>…which knows <c>low</c> and <c>high</c> only.</summary>
    EffortLowOrHigh,

    /// <summary>…which knows <c>high</c> only.</summary>
    EffortHighOnly,

    /// <summary>…beside which thinking is switched by <c>"reasoning": {"enabled": true}</c>.</summary>
    ReasoningSwitch,

    /// <summary>Thinking is asked for by an object <c>reasoning</c>; its parts come back as <c>reasoning_details</c>, and want to be seen again.</summary>
    ReasoningDetails,

    /// <summary>Thinking is switched by <c>"thinking": {"type": "enabled"}</c>.</summary>
    ThinkingSwitch,

    /// <summary>Takes that switch or <c>reasoning_effort</c>, by model, and refuses both together.</summary>
    SwitchOrEffort,

    /// <summary>Thinking is switched by <c>enable_thinking</c> and bounded by <c>thinking_budget</c>.</summary>
    EnableThinking,

    /// <summary>Thinking is switched by <c>chat_template_kwargs.enable_thinking</c>.</summary>
    TemplateThinking,

    /// <summary>Reads its reasoning back, under the name it was written with (rule E89).</summary>
    ReplaysReasoning,

    /// <summary>Wants its <c>reasoning_content</c> back with every tool call, an empty one if need be (rule E89).</summary>
    ReplaysReasoningContent,

    /// <summary>Reasoning stands in the text between tags such as <c>&lt;think&gt;</c>, of which the opening one may be missing (rule E86).</summary>
    ThinkTags,

    /// <summary><c>completion_tokens</c> leaves the reasoning out, which is counted beside it.</summary>
    ReasoningTokensApart,

    /// <summary>Of a native route: takes thinking blocks without a signature, which Anthropic refuses, and so gets them back (rule E84).</summary>
    UnsignedThinking,

    // Search of the web by the provider itself (rule E95).

    /// <summary>Searches by a tool <c>web_search</c> of Responses.</summary>
    WebSearchTool,

    /// <summary>Names the domains that it leaves out <c>excluded_domains</c>, and not <c>blocked_domains</c>.</summary>
    ExcludedDomains,

    /// <summary>Searches by Gemini's tool <c>googleSearch</c>.</summary>
    GoogleSearch,

    /// <summary>Searches by a tool <c>openrouter:web_search</c>.</summary>
    OpenRouterSearch,

    /// <summary>Searches by a tool <c>web_search</c> of Zhipu's, and lists beside the answer what was found.</summary>
    ZhipuSearch,

    /// <summary>Searches where <c>enable_search</c> is set.</summary>
    EnableSearch,

    /// <summary>Its models search unasked, and list beside the answer what was found.</summary>
    AlwaysSearches,

    // Streams.

    /// <summary>The end of input ends an answer even without any end mark. Hides truncation, so it is on for no known provider (rule E26).</summary>
    EndOfInputEndsAnswer,

    // Counting of tokens.

    /// <summary>Counts the input of a Responses request at <c>/responses/input_tokens</c> (rule E152).</summary>
    CountsByResponses,

    /// <summary>Counts the input of a Chat Completions request at <c>/chat/completions/input_tokens</c>.</summary>
    CountsByChatRequest,

    /// <summary>Counts at <c>/tokenizers/estimate-token-count</c>: <c>{"data": {"total_tokens"}}</c>.</summary>
    CountsByEstimateRequest,

    /// <summary>Counts at <c>/tokenizer</c>: <c>{"usage": {"prompt_tokens"}}</c>.</summary>
    CountsByTokenizer,

    /// <summary>Counts at <c>/tokenize</c>, beside <c>/v1</c> and not under it: <c>{"count"}</c>.</summary>
    CountsByTokenize,

    /// <summary>Gemini's counter takes a request as it is, and not in <c>generateContentRequest</c>.</summary>
    CountsUnwrapped,
}
