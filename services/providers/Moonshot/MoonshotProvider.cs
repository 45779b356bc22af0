namespace Gateway.Providers.Moonshot;

/// <summary>
/// Moonshot (Kimi): thinks by default, and then can't be made to call a tool; ids are <c>functions.name:0</c>; usage of a stream stands in the choice.
/// https://platform.kimi.ai/docs/api/chat
/// </summary>
internal static class MoonshotProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "moonshot",
        BaseUrl = "https://api.moonshot.ai/v1",
        Quirks = QuirkSet.Of(
            // max_tokens is deprecated; stop has up to 5 sequences of at most 32 bytes; partial continues a message; images only inline or as a file of
            // Moonshot's; parallel_tool_calls is no field: https://platform.kimi.ai/docs/api/chat
            Quirk.MaxCompletionTokens,
            Quirk.ShortStops,
            Quirk.PrefillPartial,
            Quirk.NoImageUrls,
            Quirk.NoParallelToolCalls,
            // K2.5 and K2.6 take thinking, K3 only reasoning_effort (low, high, max); both together are refused:
            // https://github.com/HKUDS/nanobot/issues/3939, https://github.com/mnfst/modelparams.dev/pull/168
            Quirk.ThinkingSwitch,
            Quirk.SwitchOrEffort,
            Quirk.ReasoningEffort,
            Quirk.EffortLowOrHigh,
            // "tool_choice 'specified' is incompatible with thinking enabled": https://github.com/can1357/oh-my-pi/issues/1077
            Quirk.ForcedToolsEndThinking,
            // "reasoning_content is missing in assistant tool call message":
            // https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model
            Quirk.ReplaysReasoningContent,
            // Kimi models have a fixed temperature and top_p and refuse any other: https://github.com/simstudioai/sim/pull/5716
            Quirk.NoSamplingWhenReasoning,
            // https://platform.kimi.ai/docs/api/estimate
            Quirk.CountsByEstimateRequest,
            // "when using anyOf, type should be defined in anyOf items instead of the parent schema": https://github.com/MoonshotAI/kimi-code/issues/2661
            Quirk.TypesInBranches,
            // A function's name "must start with a letter": https://platform.kimi.ai/docs/api/chat
            Quirk.ToolNamesBeginWithLetter,
            // https://platform.kimi.ai/docs/api/chat
            Quirk.PromptCacheKey),
    };
}
