using Gateway.Contracts.Usage;

namespace Gateway.Benchmarks.Hot;

/// <summary>A usage event of the usual kind, from which tests and measurements make theirs.</summary>
internal static class SampleEvent
{
    public static UsageEvent Of(string requestId, string keyId) => new()
    {
        RequestId = requestId,
        KeyId = keyId,
        Time = DateTimeOffset.UtcNow,
        Surface = "/v1/messages",
        RequestedModel = "claude-sonnet-4-5",
        Model = "anthropic/claude-sonnet-4.5",
        Provider = "anthropic",
        UpstreamModel = "claude-sonnet-4-5-20250929",
        Stream = true,
        Outcome = RequestOutcome.Completed,
        Status = 200,
        Usage = new TokenUsage { InputTokens = 500, OutputTokens = 200, CacheReadInputTokens = 1000 },
        Cost = new Cost { Amount = 0.0048m, Currency = "USD", Price = new() { Currency = "USD", PerMillion = new() { Input = 3, Output = 15 } } },
        LatencyMs = 1234.5,
        Attempts = 1,
    };
}
