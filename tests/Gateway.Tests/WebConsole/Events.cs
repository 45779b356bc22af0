using Gateway.Contracts.Usage;

namespace Gateway.Tests.WebConsole;

/// <summary>Usage events for the console to show.</summary>
internal static class Events
{
    public static UsageEvent Of(string id, string? model = null) => new()
    {
        RequestId = id,
        KeyId = "key_1",
        Time = new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero),
        Surface = "/v1/messages",
        RequestedModel = model ?? "gpt-5",
        Model = model ?? "openai/gpt-5",
        Provider = "openai",
        UpstreamModel = "gpt-5",
        Stream = true,
        Outcome = RequestOutcome.Completed,
        Status = 200,
        Usage = new TokenUsage { InputTokens = 1200, OutputTokens = 30 },
        LatencyMs = 812.5,
        Attempts = 1,
    };
}
