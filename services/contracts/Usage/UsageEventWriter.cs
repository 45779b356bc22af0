using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Gateway.Contracts.Usage;

/// <summary>Writes a usage event, byte for byte as <see cref="UsageJson"/> would, at a third of its cost: one is written for every request.</summary>
public static class UsageEventWriter
{
    /// <summary>A price is the same object from one reading of the catalog to the next.</summary>
    private static readonly ConditionalWeakTable<Catalog.Price, byte[]> Prices = [];

    /// <param name="json">Without validation, and with the encoder that is the default.</param>
    /// <param name="e">The event.</param>
    public static void Write(Utf8JsonWriter json, UsageEvent e)
    {
        json.WriteStartObject();
        json.WriteString(Names.RequestId, e.RequestId);
        json.WriteString(Names.KeyId, e.KeyId);
        json.WriteString(Names.Time, e.Time);
        json.WriteString(Names.Surface, e.Surface);
        json.WriteString(Names.RequestedModel, e.RequestedModel);
        json.WriteString(Names.Model, e.Model);
        json.WriteString(Names.Provider, e.Provider);
        json.WriteString(Names.UpstreamModel, e.UpstreamModel);
        json.WriteBoolean(Names.Stream, e.Stream);
        json.WriteString(Names.Outcome, Text(e.Outcome));
        json.WriteNumber(Names.Status, e.Status);
        Write(json, Names.ErrorType, e.ErrorType);
        Write(json, Names.StopReason, e.StopReason);
        Write(json, Names.MessageId, e.MessageId);
        Write(json, Names.UpstreamRequestId, e.UpstreamRequestId);
        Write(json, e.Usage);
        if (e.Cost is { } cost)
            Write(json, cost);
        if (e.ProviderCost is { } providerCost)
            WriteMoney(json, Names.ProviderCost, providerCost);
        json.WriteNumber(Names.LatencyMs, e.LatencyMs);
        if (e.TimeToFirstTokenMs is { } firstToken)
            json.WriteNumber(Names.TimeToFirstTokenMs, firstToken);
        json.WriteNumber(Names.Attempts, e.Attempts);
        if (e.FailedRoutes is not null)
        {
            json.WritePropertyName(Names.FailedRoutes);
            JsonSerializer.Serialize(json, e.FailedRoutes, UsageJson.Default.IReadOnlyListFailedRoute);
        }

        Write(json, Names.TraceId, e.TraceId);
        Write(json, Names.Part, e.Part);
        Write(json, Names.Source, e.Source);
        Write(json, Names.Sequence, e.Sequence);
        Write(json, Names.Accounts, e.Accounts);
        Write(json, Names.LeaseId, e.LeaseId);
        Write(json, Names.Dropped, e.Dropped);
        if (e.Metadata is not null)
        {
            json.WritePropertyName(Names.Metadata);
            JsonSerializer.Serialize(json, e.Metadata, UsageJson.Default.IReadOnlyDictionaryStringString);
        }

        Write(json, Names.SequenceOf, e.SequenceOf);
        Write(json, Names.SequenceKey, e.SequenceKey);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TokenUsage usage)
    {
        json.WriteStartObject(Names.Usage);
        Write(json, Names.InputTokens, usage.InputTokens);
        Write(json, Names.CacheCreationInputTokens, usage.CacheCreationInputTokens);
        Write(json, Names.CacheReadInputTokens, usage.CacheReadInputTokens);
        Write(json, Names.OutputTokens, usage.OutputTokens);
        Write(json, Names.ThinkingTokens, usage.ThinkingTokens);
        Write(json, Names.CacheWrite5mTokens, usage.CacheWrite5mTokens);
        Write(json, Names.CacheWrite1hTokens, usage.CacheWrite1hTokens);
        Write(json, Names.WebSearchRequests, usage.WebSearchRequests);
        Write(json, Names.WebFetchRequests, usage.WebFetchRequests);
        Write(json, Names.ServiceTier, usage.ServiceTier);
        Write(json, Names.Speed, usage.Speed);
        Write(json, Names.InferenceGeo, usage.InferenceGeo);
        if (usage.Iterations is not null)
        {
            json.WritePropertyName(Names.Iterations);
            JsonSerializer.Serialize(json, usage.Iterations, UsageJson.Default.IReadOnlyListUsageIteration);
        }

        json.WriteBoolean(Names.Estimated, usage.Estimated);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Cost cost)
    {
        json.WriteStartObject(Names.Cost);
        WriteMoney(json, Names.Amount, cost.Amount);
        json.WriteString(Names.Currency, cost.Currency);
        json.WritePropertyName(Names.Price);
        json.WriteRawValue(Prices.GetValue(cost.Price, static price => JsonSerializer.SerializeToUtf8Bytes(price, UsageJson.Default.Price)), skipInputValidation: true);
        if (cost.AssumedCacheLifetime is { } assumed)
            json.WriteBoolean(Names.AssumedCacheLifetime, assumed);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, JsonEncodedText name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static void Write(Utf8JsonWriter json, JsonEncodedText name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }

    private static void Write(Utf8JsonWriter json, JsonEncodedText name, IReadOnlyList<string>? values)
    {
        if (values is null)
            return;
        json.WriteStartArray(name);
        for (var i = 0; i < values.Count; i++)
            json.WriteStringValue(values[i]);
        json.WriteEndArray();
    }

    /// <summary>As a string, which nobody reads as a binary fraction.</summary>
    private static void WriteMoney(Utf8JsonWriter json, JsonEncodedText name, decimal amount)
    {
        Span<byte> digits = stackalloc byte[32];
        Utf8Formatter.TryFormat(amount, digits, out var length);
        json.WriteString(name, digits[..length]);
    }

    private static JsonEncodedText Text(RequestOutcome outcome) => outcome switch
    {
        RequestOutcome.Completed => Names.Completed,
        RequestOutcome.Error => Names.Error,
        RequestOutcome.Cancelled => Names.Cancelled,
        RequestOutcome.Truncated => Names.Truncated,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "An outcome without a name."),
    };

    private static class Names
    {
        public static readonly JsonEncodedText RequestId = JsonEncodedText.Encode("request_id");
        public static readonly JsonEncodedText KeyId = JsonEncodedText.Encode("key_id");
        public static readonly JsonEncodedText Time = JsonEncodedText.Encode("time");
        public static readonly JsonEncodedText Surface = JsonEncodedText.Encode("surface");
        public static readonly JsonEncodedText RequestedModel = JsonEncodedText.Encode("requested_model");
        public static readonly JsonEncodedText Model = JsonEncodedText.Encode("model");
        public static readonly JsonEncodedText Provider = JsonEncodedText.Encode("provider");
        public static readonly JsonEncodedText UpstreamModel = JsonEncodedText.Encode("upstream_model");
        public static readonly JsonEncodedText Stream = JsonEncodedText.Encode("stream");
        public static readonly JsonEncodedText Outcome = JsonEncodedText.Encode("outcome");
        public static readonly JsonEncodedText Completed = JsonEncodedText.Encode("completed");
        public static readonly JsonEncodedText Error = JsonEncodedText.Encode("error");
        public static readonly JsonEncodedText Cancelled = JsonEncodedText.Encode("cancelled");
        public static readonly JsonEncodedText Truncated = JsonEncodedText.Encode("truncated");
        public static readonly JsonEncodedText Status = JsonEncodedText.Encode("status");
        public static readonly JsonEncodedText ErrorType = JsonEncodedText.Encode("error_type");
        public static readonly JsonEncodedText StopReason = JsonEncodedText.Encode("stop_reason");
        public static readonly JsonEncodedText MessageId = JsonEncodedText.Encode("message_id");
        public static readonly JsonEncodedText UpstreamRequestId = JsonEncodedText.Encode("upstream_request_id");
        public static readonly JsonEncodedText Usage = JsonEncodedText.Encode("usage");
        public static readonly JsonEncodedText Cost = JsonEncodedText.Encode("cost");
        public static readonly JsonEncodedText ProviderCost = JsonEncodedText.Encode("provider_cost");
        public static readonly JsonEncodedText LatencyMs = JsonEncodedText.Encode("latency_ms");
        public static readonly JsonEncodedText TimeToFirstTokenMs = JsonEncodedText.Encode("time_to_first_token_ms");
        public static readonly JsonEncodedText Attempts = JsonEncodedText.Encode("attempts");
        public static readonly JsonEncodedText FailedRoutes = JsonEncodedText.Encode("failed_routes");
        public static readonly JsonEncodedText TraceId = JsonEncodedText.Encode("trace_id");
        public static readonly JsonEncodedText Part = JsonEncodedText.Encode("part");
        public static readonly JsonEncodedText Source = JsonEncodedText.Encode("source");
        public static readonly JsonEncodedText Sequence = JsonEncodedText.Encode("sequence");
        public static readonly JsonEncodedText Accounts = JsonEncodedText.Encode("accounts");
        public static readonly JsonEncodedText LeaseId = JsonEncodedText.Encode("lease_id");
        public static readonly JsonEncodedText Dropped = JsonEncodedText.Encode("dropped");
        public static readonly JsonEncodedText Metadata = JsonEncodedText.Encode("metadata");
        public static readonly JsonEncodedText SequenceOf = JsonEncodedText.Encode("sequence_of");
        public static readonly JsonEncodedText SequenceKey = JsonEncodedText.Encode("sequence_key");
        public static readonly JsonEncodedText InputTokens = JsonEncodedText.Encode("input_tokens");
        public static readonly JsonEncodedText CacheCreationInputTokens = JsonEncodedText.Encode("cache_creation_input_tokens");
        public static readonly JsonEncodedText CacheReadInputTokens = JsonEncodedText.Encode("cache_read_input_tokens");
        public static readonly JsonEncodedText OutputTokens = JsonEncodedText.Encode("output_tokens");
        public static readonly JsonEncodedText ThinkingTokens = JsonEncodedText.Encode("thinking_tokens");
        public static readonly JsonEncodedText CacheWrite5mTokens = JsonEncodedText.Encode("ephemeral_5m_input_tokens");
        public static readonly JsonEncodedText CacheWrite1hTokens = JsonEncodedText.Encode("ephemeral_1h_input_tokens");
        public static readonly JsonEncodedText WebSearchRequests = JsonEncodedText.Encode("web_search_requests");
        public static readonly JsonEncodedText WebFetchRequests = JsonEncodedText.Encode("web_fetch_requests");
        public static readonly JsonEncodedText ServiceTier = JsonEncodedText.Encode("service_tier");
        public static readonly JsonEncodedText Speed = JsonEncodedText.Encode("speed");
        public static readonly JsonEncodedText InferenceGeo = JsonEncodedText.Encode("inference_geo");
        public static readonly JsonEncodedText Iterations = JsonEncodedText.Encode("iterations");
        public static readonly JsonEncodedText Estimated = JsonEncodedText.Encode("estimated");
        public static readonly JsonEncodedText Amount = JsonEncodedText.Encode("amount");
        public static readonly JsonEncodedText Currency = JsonEncodedText.Encode("currency");
        public static readonly JsonEncodedText Price = JsonEncodedText.Encode("price");
        public static readonly JsonEncodedText AssumedCacheLifetime = JsonEncodedText.Encode("assumed_cache_lifetime");
    }
}
