using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Contracts.Usage;

namespace Gateway.Ingress.Metering;

/// <summary>Reads a <c>usage</c> object over what is known so far: members that are absent or null leave the earlier value.</summary>
internal static class UsageReader
{
    /// <summary>Far more than any answer has; what follows is left out, and the numbers are marked as an estimate.</summary>
    private const int MaxIterations = 64;

    /// <param name="reader">On the usage value; left on its last token.</param>
    /// <param name="usage">Takes the numbers.</param>
    public static void Read(ref Utf8JsonReader reader, TokenUsage usage)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.NameIs("input_tokens"u8)) usage.InputTokens = Later(usage.InputTokens, Count(ref reader));
            else if (reader.NameIs("output_tokens"u8)) usage.OutputTokens = Later(usage.OutputTokens, Count(ref reader));
            else if (reader.NameIs("cache_creation_input_tokens"u8))
                usage.CacheCreationInputTokens = Later(usage.CacheCreationInputTokens, Count(ref reader));
            else if (reader.NameIs("cache_read_input_tokens"u8)) usage.CacheReadInputTokens = Later(usage.CacheReadInputTokens, Count(ref reader));
            else if (reader.NameIs("ephemeral_5m_input_tokens"u8)) usage.CacheWrite5mTokens = Later(usage.CacheWrite5mTokens, Count(ref reader));
            else if (reader.NameIs("ephemeral_1h_input_tokens"u8)) usage.CacheWrite1hTokens = Later(usage.CacheWrite1hTokens, Count(ref reader));
            else if (reader.NameIs("thinking_tokens"u8)) usage.ThinkingTokens = Later(usage.ThinkingTokens, Count(ref reader));
            else if (reader.NameIs("web_search_requests"u8)) usage.WebSearchRequests = Later(usage.WebSearchRequests, Count(ref reader));
            else if (reader.NameIs("web_fetch_requests"u8)) usage.WebFetchRequests = Later(usage.WebFetchRequests, Count(ref reader));
            else if (reader.NameIs("service_tier"u8)) usage.ServiceTier = Text(ref reader) ?? usage.ServiceTier;
            else if (reader.NameIs("speed"u8)) usage.Speed = Text(ref reader) ?? usage.Speed;
            else if (reader.NameIs("inference_geo"u8)) usage.InferenceGeo = Text(ref reader) ?? usage.InferenceGeo;
            else if (reader.NameIs("cache_creation"u8) || reader.NameIs("output_tokens_details"u8)
                || reader.NameIs("server_tool_use"u8))
            {
                // Their members have names of their own, so they are read into the same record.
                reader.Read();
                Read(ref reader, usage);
            }
            else if (reader.NameIs("iterations"u8))
            {
                usage.Iterations = Iterations(ref reader, usage) ?? usage.Iterations;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    /// <summary>The passes beside the message (rule F11); null where there is none. What else is in the list is in the other numbers already.</summary>
    private static List<UsageIteration>? Iterations(ref Utf8JsonReader reader, TokenUsage usage)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return null;
        }

        List<UsageIteration>? beside = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var (type, model) = TypeAndModel(reader);
            var pass = new UsageIteration { Type = type ?? "", Model = model, Usage = new TokenUsage() };
            Read(ref reader, pass.Usage);
            if (type is null || !pass.IsBesideTheMessage)
                continue;
            if (beside?.Count == MaxIterations)
                usage.Estimated = true;
            else
                (beside ??= []).Add(pass);
        }

        return beside;
    }

    /// <summary>Reads ahead on a copy of the reader.</summary>
    private static (string? Type, string? Model) TypeAndModel(Utf8JsonReader reader)
    {
        string? type = null, model = null;
        if (reader.TokenType != JsonTokenType.StartObject)
            return default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.NameIs("type"u8))
            {
                type = Text(ref reader);
            }
            else if (reader.NameIs("model"u8))
            {
                model = Text(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return (type, model);
    }

    /// <summary>Numbers are cumulative, so the later one counts; but a zero after a real number is "not said" (rule E44).</summary>
    private static long? Later(long? before, long? now) => now is null || (now == 0 && before > 0) ? before : now;

    /// <summary>Null, which is "not said", for what cannot be a count: below 0, not whole, text, or larger than any context there is.</summary>
    private static long? Count(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count))
            return count is >= 0 and <= TokenUsage.MostBelievable ? count : null;
        reader.Skip();
        return null;
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return BoundedText.Read(reader);
        reader.Skip();
        return null;
    }
}
