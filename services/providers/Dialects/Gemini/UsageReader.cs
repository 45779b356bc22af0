using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>
/// The prompt includes what came from the cache (rule E41) but not what its own tools read (rule E50); the candidates leave out the thoughts
/// (rule E48). https://ai.google.dev/api/generate-content#UsageMetadata
/// </summary>
internal static class UsageReader
{
    public static AnswerUsage? Read(ReadOnlySpan<byte> usage)
    {
        if (usage.Length == 0 || usage[0] != '{')
            return null;
        var prompt = JsonSlice.Count(JsonSlice.Member(usage, "promptTokenCount"u8));
        var tools = JsonSlice.Count(JsonSlice.Member(usage, "toolUsePromptTokenCount"u8));
        var cached = JsonSlice.Count(JsonSlice.Member(usage, "cachedContentTokenCount"u8));
        var candidates = JsonSlice.Count(JsonSlice.Member(usage, "candidatesTokenCount"u8));
        var thoughts = JsonSlice.Count(JsonSlice.Member(usage, "thoughtsTokenCount"u8));
        var total = JsonSlice.Count(JsonSlice.Member(usage, "totalTokenCount"u8));
        if (prompt is null && candidates is null && thoughts is null)
            return null;
        return new AnswerUsage
        {
            Input = OpenAiChat.UsageReader.InputOf(prompt, cached, null) + (tools ?? 0),
            CacheRead = cached,
            // A count of 0 is left out altogether; the total tells it from one that was not said.
            Output = candidates is not null || thoughts is not null ? (candidates ?? 0) + (thoughts ?? 0) : Left(total - prompt - (tools ?? 0)),
            Thinking = thoughts,
        };
    }

    private static long? Left(long? tokens) => tokens >= 0 ? tokens : null;
}
