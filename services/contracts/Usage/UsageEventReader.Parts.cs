using System.Buffers.Text;
using System.Text.Json;

namespace Gateway.Contracts.Usage;

public static partial class UsageEventReader
{
    private static readonly byte[][] UsageFields =
    [
        "input_tokens"u8.ToArray(), "cache_creation_input_tokens"u8.ToArray(), "cache_read_input_tokens"u8.ToArray(), "output_tokens"u8.ToArray(),
        "thinking_tokens"u8.ToArray(), "ephemeral_5m_input_tokens"u8.ToArray(), "ephemeral_1h_input_tokens"u8.ToArray(), "web_search_requests"u8.ToArray(),
        "web_fetch_requests"u8.ToArray(), "service_tier"u8.ToArray(), "speed"u8.ToArray(), "inference_geo"u8.ToArray(), "iterations"u8.ToArray(), "estimated"u8.ToArray(),
    ];

    private static readonly byte[][] CostFields = ["amount"u8.ToArray(), "currency"u8.ToArray(), "price"u8.ToArray(), "assumed_cache_lifetime"u8.ToArray()];

    private const uint CostRequired = 0b111;

    /// <summary>Which field it is, with the reader at its value. Fields mostly come in the order they are listed in.</summary>
    private static bool TryField(byte[][] fields, ref Utf8JsonReader reader, ref int next, ref uint seen, out int field)
    {
        field = -1;
        if (reader.ValueIsEscaped)
            return false;
        var name = reader.ValueSpan;
        for (var tried = 0; tried < fields.Length; tried++)
        {
            var candidate = next + tried < fields.Length ? next + tried : next + tried - fields.Length;
            if (!name.SequenceEqual(fields[candidate]))
                continue;
            var bit = 1u << candidate;
            if ((seen & bit) != 0)
                return false;
            seen |= bit;
            next = candidate + 1;
            field = candidate;
            return reader.Read();
        }

        return false;
    }

    private static bool TryUsage(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, out TokenUsage? usage)
    {
        usage = null;
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;
        var found = new TokenUsage();
        uint seen = 0;
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryField(UsageFields, ref reader, ref next, ref seen, out var field))
                return false;
            if (field < 9)
            {
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var count))
                    return false;
                Set(found, field, count);
                continue;
            }

            string? text = null;
            var estimated = false;
            var read = field switch
            {
                9 or 10 or 11 => TryText(ref reader, pooled: true, out text),
                12 => (found.Iterations = JsonSerializer.Deserialize(ref reader, UsageJson.Default.IReadOnlyListUsageIteration)) is not null,
                _ => TryFlag(ref reader, out estimated),
            };
            if (!read)
                return false;
            if (field == 9)
                found.ServiceTier = text;
            else if (field == 10)
                found.Speed = text;
            else if (field == 11)
                found.InferenceGeo = text;
            else if (field == 13)
                found.Estimated = estimated;
        }

        usage = found;
        return reader.TokenType == JsonTokenType.EndObject;
    }

    private static void Set(TokenUsage usage, int field, long count)
    {
        switch (field)
        {
            case 0: usage.InputTokens = count; break;
            case 1: usage.CacheCreationInputTokens = count; break;
            case 2: usage.CacheReadInputTokens = count; break;
            case 3: usage.OutputTokens = count; break;
            case 4: usage.ThinkingTokens = count; break;
            case 5: usage.CacheWrite5mTokens = count; break;
            case 6: usage.CacheWrite1hTokens = count; break;
            case 7: usage.WebSearchRequests = count; break;
            default: usage.WebFetchRequests = count; break;
        }
    }

    private static bool TryCost(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, out Cost? cost)
    {
        cost = null;
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;
        decimal amount = 0;
        string? currency = null;
        Catalog.Price? price = null;
        var assumed = false;
        uint seen = 0;
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryField(CostFields, ref reader, ref next, ref seen, out var field))
                return false;
            var read = field switch
            {
                0 => TryMoney(ref reader, out amount),
                1 => TryText(ref reader, pooled: true, out currency),
                2 => (price = ReadPrice(json, ref reader)) is not null,
                _ => TryFlag(ref reader, out assumed),
            };
            if (!read)
                return false;
        }

        if (reader.TokenType != JsonTokenType.EndObject || (seen & CostRequired) != CostRequired)
            return false;
        cost = new Cost { Amount = amount, Currency = currency!, Price = price!, AssumedCacheLifetime = (seen & 0b1000) != 0 ? assumed : null };
        return true;
    }

    private static Catalog.Price? ReadPrice(ReadOnlySpan<byte> json, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return KnownPrices.Read(json[start..(int)reader.BytesConsumed]);
    }

    private static bool TryText(ref Utf8JsonReader reader, bool pooled, out string? text)
    {
        text = null;
        if (reader.TokenType != JsonTokenType.String)
            return false;
        text = pooled && !reader.ValueIsEscaped ? TextPool.Find(reader.ValueSpan) : null;
        text ??= reader.GetString();
        return true;
    }

    private static bool TryTexts(ref Utf8JsonReader reader, out IReadOnlyList<string>? texts)
    {
        texts = null;
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;
        var found = new List<string>(3);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!TryText(ref reader, pooled: true, out var text))
                return false;
            found.Add(text!);
        }

        texts = found;
        return true;
    }

    private static bool TryFlag(ref Utf8JsonReader reader, out bool flag)
    {
        flag = reader.TokenType == JsonTokenType.True;
        return flag || reader.TokenType == JsonTokenType.False;
    }

    private static bool TryOutcome(ref Utf8JsonReader reader, out RequestOutcome outcome)
    {
        outcome = default;
        if (reader.TokenType != JsonTokenType.String)
            return false;
        if (reader.ValueTextEquals("completed"u8))
            outcome = RequestOutcome.Completed;
        else if (reader.ValueTextEquals("error"u8))
            outcome = RequestOutcome.Error;
        else if (reader.ValueTextEquals("cancelled"u8))
            outcome = RequestOutcome.Cancelled;
        else if (reader.ValueTextEquals("truncated"u8))
            outcome = RequestOutcome.Truncated;
        else
            return false;
        return true;
    }

    /// <summary>Money is written as a string.</summary>
    private static bool TryMoney(ref Utf8JsonReader reader, out decimal amount)
    {
        amount = 0;
        return reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped
            && Utf8Parser.TryParse(reader.ValueSpan, out amount, out var used) && used == reader.ValueSpan.Length;
    }
}
