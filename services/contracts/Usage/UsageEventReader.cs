using System.Text.Json;

namespace Gateway.Contracts.Usage;

/// <summary>
/// Reads a usage event as <see cref="UsageJson"/> does, at a fraction of its cost. It knows the spelling that this gateway writes, in any
/// order; whatever else may still be an event (another case of a name, a field it does not know, a null, a field given twice) it leaves to
/// <see cref="UsageJson"/>, which also says what is wrong with what is none.
/// </summary>
public static partial class UsageEventReader
{
    private static readonly byte[][] Fields =
    [
        "request_id"u8.ToArray(), "key_id"u8.ToArray(), "time"u8.ToArray(), "surface"u8.ToArray(), "requested_model"u8.ToArray(), "model"u8.ToArray(),
        "provider"u8.ToArray(), "upstream_model"u8.ToArray(), "stream"u8.ToArray(), "outcome"u8.ToArray(), "status"u8.ToArray(), "usage"u8.ToArray(),
        "latency_ms"u8.ToArray(), "attempts"u8.ToArray(), "error_type"u8.ToArray(), "stop_reason"u8.ToArray(), "message_id"u8.ToArray(),
        "upstream_request_id"u8.ToArray(), "cost"u8.ToArray(), "provider_cost"u8.ToArray(), "time_to_first_token_ms"u8.ToArray(), "failed_routes"u8.ToArray(),
        "trace_id"u8.ToArray(), "part"u8.ToArray(), "source"u8.ToArray(), "sequence"u8.ToArray(), "accounts"u8.ToArray(), "lease_id"u8.ToArray(),
        "dropped"u8.ToArray(), "metadata"u8.ToArray(), "sequence_of"u8.ToArray(), "sequence_key"u8.ToArray(),
    ];

    /// <summary>The first fourteen.</summary>
    private const uint Required = (1u << 14) - 1;

    /// <summary>The event in the bytes; null when it must be read by <see cref="UsageJson"/>, or is none.</summary>
    public static UsageEvent? TryRead(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            return reader.Read() && TryRead(json, ref reader) is { } e && !reader.Read() ? e : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The event that begins at the reader, which then stands at its end; null, with the reader anywhere in it, as above.</summary>
    /// <param name="json">What the reader reads, from its first byte on.</param>
    /// <param name="reader">At the event's first token.</param>
    public static UsageEvent? TryRead(ReadOnlySpan<byte> json, ref Utf8JsonReader reader)
    {
        try
        {
            return ReadEvent(json, ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, a part of another shape, or text that is no valid Unicode.
            return null;
        }
    }

    private static UsageEvent? ReadEvent(ReadOnlySpan<byte> json, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return null;
        string? requestId = null, keyId = null, surface = null, requestedModel = null, model = null, provider = null, upstreamModel = null, errorType = null, stopReason = null;
        string? messageId = null, upstreamRequestId = null, traceId = null, part = null, source = null, leaseId = null, sequenceOf = null, sequenceKey = null;
        DateTimeOffset time = default;
        RequestOutcome outcome = default;
        var stream = false;
        int status = 0, attempts = 0;
        double latency = 0, firstToken = 0;
        decimal providerCost = 0;
        long sequence = 0;
        TokenUsage? usage = null;
        Cost? cost = null;
        IReadOnlyList<FailedRoute>? failedRoutes = null;
        IReadOnlyList<string>? accounts = null, dropped = null;
        IReadOnlyDictionary<string, string>? metadata = null;

        uint seen = 0;
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryField(Fields, ref reader, ref next, ref seen, out var field))
                return null;
            var read = field switch
            {
                0 => TryText(ref reader, pooled: false, out requestId),
                1 => TryText(ref reader, pooled: true, out keyId),
                2 => reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out time),
                3 => TryText(ref reader, pooled: true, out surface),
                4 => TryText(ref reader, pooled: true, out requestedModel),
                5 => TryText(ref reader, pooled: true, out model),
                6 => TryText(ref reader, pooled: true, out provider),
                7 => TryText(ref reader, pooled: true, out upstreamModel),
                8 => TryFlag(ref reader, out stream),
                9 => TryOutcome(ref reader, out outcome),
                10 => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out status),
                11 => TryUsage(json, ref reader, out usage),
                12 => reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out latency),
                13 => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out attempts),
                14 => TryText(ref reader, pooled: true, out errorType),
                15 => TryText(ref reader, pooled: true, out stopReason),
                16 => TryText(ref reader, pooled: false, out messageId),
                17 => TryText(ref reader, pooled: false, out upstreamRequestId),
                18 => TryCost(json, ref reader, out cost),
                19 => TryMoney(ref reader, out providerCost),
                20 => reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out firstToken),
                21 => (failedRoutes = JsonSerializer.Deserialize(ref reader, UsageJson.Default.IReadOnlyListFailedRoute)) is not null,
                22 => TryText(ref reader, pooled: false, out traceId),
                23 => TryText(ref reader, pooled: false, out part),
                24 => TryText(ref reader, pooled: true, out source),
                25 => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out sequence),
                26 => TryTexts(ref reader, out accounts),
                27 => TryText(ref reader, pooled: true, out leaseId),
                28 => TryTexts(ref reader, out dropped),
                29 => (metadata = JsonSerializer.Deserialize(ref reader, UsageJson.Default.IReadOnlyDictionaryStringString)) is not null,
                30 => TryText(ref reader, pooled: false, out sequenceOf),
                _ => TryText(ref reader, pooled: true, out sequenceKey),
            };
            if (!read)
                return null;
        }

        if (reader.TokenType != JsonTokenType.EndObject || (seen & Required) != Required || requestId!.Length == 0 || keyId!.Length == 0)
            return null;
        return new UsageEvent
        {
            RequestId = requestId,
            KeyId = keyId,
            Time = time,
            Surface = surface!,
            RequestedModel = requestedModel!,
            Model = model!,
            Provider = provider!,
            UpstreamModel = upstreamModel!,
            Stream = stream,
            Outcome = outcome,
            Status = status,
            ErrorType = errorType,
            StopReason = stopReason,
            MessageId = messageId,
            UpstreamRequestId = upstreamRequestId,
            Usage = usage!,
            Cost = cost,
            ProviderCost = Has(19) ? providerCost : null,
            LatencyMs = latency,
            TimeToFirstTokenMs = Has(20) ? firstToken : null,
            Attempts = attempts,
            FailedRoutes = failedRoutes,
            TraceId = traceId,
            Part = part,
            Source = source,
            Sequence = Has(25) ? sequence : null,
            Accounts = accounts,
            LeaseId = leaseId,
            Dropped = dropped,
            Metadata = metadata,
            SequenceOf = sequenceOf,
            SequenceKey = sequenceKey,
        };

        bool Has(int field) => (seen & (1u << field)) != 0;
    }
}
