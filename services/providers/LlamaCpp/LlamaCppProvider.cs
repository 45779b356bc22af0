namespace Gateway.Providers.LlamaCpp;

/// <summary>
/// llama.cpp's server: local models behind their chat templates. https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
/// </summary>
internal static class LlamaCppProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "llamacpp",
        BaseUrl = "http://localhost:8080/v1",
        Quirks = QuirkSet.Of(
            // top_k, stop without a limit, chat_template_kwargs, reasoning_effort (none switches thinking off, other words reach the template), all on
            // that page.
            Quirk.TopK,
            Quirk.ManyStops,
            Quirk.TemplateThinking,
            Quirk.ReasoningEffort,
            Quirk.ReasoningEffortNone,
            // Several calls at once are "disabled by default": https://github.com/ggml-org/llama.cpp/blob/master/docs/function-calling.md
            Quirk.ParallelToolsOnRequest,
            // tool_choice is read as a word; an object silently means auto (common_chat_tool_choice_parse_oaicompat):
            // https://github.com/ggml-org/llama.cpp/blob/master/common/chat.cpp
            Quirk.ToolChoiceByWord,
            // Many chat templates raise on a later system message; a matter of the model, so no page says it.
            Quirk.LeadingSystemOnly,
            // /v1/chat/completions/input_tokens, on the first page.
            Quirk.CountsByChatRequest,
            // reasoning_content of an assistant message reaches the chat template (common_chat_msgs_parse_oaicompat), in the same file.
            Quirk.ReplaysReasoning),
    };
}
