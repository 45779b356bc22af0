using System.Diagnostics;
using Gateway.Contracts.Usage;

namespace Gateway.Ingress.Metering;

/// <summary>
/// What a request was for and what it used, on the span of the request, by the names of OpenTelemetry's GenAI conventions. Input tokens are all of them
/// there, those of caches among them.
/// </summary>
internal static class GenAiSpan
{
    /// <param name="span">The request's; null where nobody traces it.</param>
    /// <param name="e">What it has become.</param>
    public static void Describe(Activity? span, UsageEvent e)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        var usage = e.Usage;
        span.SetTag("gen_ai.operation.name", "chat");
        span.SetTag("gen_ai.provider.name", e.Provider);
        span.SetTag("gen_ai.request.model", e.RequestedModel);
        span.SetTag("gen_ai.response.model", e.UpstreamModel);
        span.SetTag("gen_ai.response.id", e.MessageId);
        if (e.StopReason is { } reason)
            span.SetTag("gen_ai.response.finish_reasons", new[] { reason });
        if (usage.InputTokens is { } input)
            span.SetTag("gen_ai.usage.input_tokens", input + (usage.CacheReadInputTokens ?? 0) + usage.CacheWrites);
        span.SetTag("gen_ai.usage.cache_read.input_tokens", usage.CacheReadInputTokens);
        span.SetTag("gen_ai.usage.cache_creation.input_tokens", usage.CacheWrites);
        span.SetTag("gen_ai.usage.output_tokens", usage.OutputTokens);
        if (e.Outcome != RequestOutcome.Completed)
            span.SetTag("error.type", e.ErrorType ?? "cancelled");
        span.SetTag("gateway.request.id", e.RequestId);
        span.SetTag("gateway.key.id", e.KeyId);
    }
}
