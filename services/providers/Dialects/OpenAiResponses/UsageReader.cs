using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>Usage where the input includes what came from the cache, as Anthropic's disjoint numbers (rules E41, E43, E48).</summary>
internal static class UsageReader
{
    public static AnswerUsage? Read(ReadOnlySpan<byte> usage)
    {
        if (usage.Length == 0 || usage[0] != '{')
            return null;
        var input = JsonSlice.Count(JsonSlice.Member(usage, "input_tokens"u8)) is > 0 and var said ? said : (long?)null;
        var output = JsonSlice.Count(JsonSlice.Member(usage, "output_tokens"u8));
        if (input is null && output is null or 0)
            return null;
        var details = JsonSlice.Member(usage, "input_tokens_details"u8);
        var cached = JsonSlice.Count(JsonSlice.Member(details, "cached_tokens"u8));
        var written = JsonSlice.Count(JsonSlice.Member(details, "cache_write_tokens"u8));
        return new AnswerUsage
        {
            Input = OpenAiChat.UsageReader.InputOf(input, cached, written),
            CacheRead = cached,
            CacheCreation = written,
            Output = output,
            Thinking = JsonSlice.Count(JsonSlice.Member(JsonSlice.Member(usage, "output_tokens_details"u8), "reasoning_tokens"u8)),
        };
    }
}
