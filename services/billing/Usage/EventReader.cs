using System.Text;
using System.Text.Json;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Json;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Usage;

/// <summary>Finds the usage event in what the topic delivers, and says what is wrong with one that can never be counted.</summary>
internal static class EventReader
{
    /// <summary>Far beyond any answer, and still far from where sums of them overflow.</summary>
    private const long MostTokens = 1_000_000_000_000;

    /// <summary>Reports go through days one by one: an event of the year 1 would make millions of them.</summary>
    private static readonly DateTimeOffset Earliest = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The data of a CloudEvent; the bytes as they are when there is none around them.</summary>
    public static ReadOnlyMemory<byte> DataOf(ReadOnlyMemory<byte> delivery)
    {
        try
        {
            var reader = new Utf8JsonReader(delivery.Span);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return delivery;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isData, isBase64) = (reader.NameIs("data"u8), reader.NameIs("data_base64"u8));
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                // Published as text, it is a string of JSON; published as bytes, it is in base64.
                if (reader.TokenType == JsonTokenType.String && isData)
                    return Encoding.UTF8.GetBytes(reader.GetString()!);
                if (reader.TokenType == JsonTokenType.String && isBase64 && reader.TryGetBytesFromBase64(out var bytes))
                    return bytes;
                reader.Skip();
                if (isData)
                    return delivery[start..(int)reader.BytesConsumed];
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or half a character: it is judged as it is.
        }

        return delivery;
    }

    /// <summary>Null when the bytes are no usage event that an account could ever count; then with the reason.</summary>
    public static UsageEvent? Read(ReadOnlySpan<byte> json, out string reason)
    {
        try
        {
            var e = UsageJson.Read(json);
            reason = e is null ? "it is null" : Mistake(e) ?? "";
            return reason.Length == 0 ? e : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is half a character. The field and what is wrong with it: the messages name types and places, not values.
            reason = e.Message;
            return null;
        }
    }

    private static string? Mistake(UsageEvent e)
    {
        if (e is not { RequestId.Length: > 0, KeyId.Length: > 0, Model: not null, Provider: not null, Usage: { } usage, Cost: null or { Currency.Length: > 0 } }
            || usage.Iterations?.All(pass => pass?.Usage is not null) is false)
            return "request id, key id, model, provider, usage, the usage of an iteration or the currency of the cost is missing";
        if (!AccountIds.IsPossible(e.KeyId) || e.Accounts?.All(id => id is not null && AccountIds.IsPossible(id)) is false)
            return "key_id, or one of accounts, is no id of an account";
        if (e.Time < Earliest || e.Time >= Latest)
            return "time is out of range";
        if (e.Cost is { Amount: < 0 or > Cost.Most })
            return "cost.amount is out of range";
        return IsInRange(usage) && usage.Iterations?.All(pass => IsInRange(pass.Usage)) is not false ? null : "a number of usage is out of range";
    }

    private static bool IsInRange(TokenUsage usage)
    {
        foreach (var number in (ReadOnlySpan<long?>)
            [
                usage.InputTokens, usage.OutputTokens, usage.CacheCreationInputTokens, usage.CacheReadInputTokens, usage.CacheWrite5mTokens,
                usage.CacheWrite1hTokens, usage.ThinkingTokens, usage.WebSearchRequests, usage.WebFetchRequests,
            ])
        {
            if (number is < 0 or > MostTokens)
                return false;
        }

        return true;
    }
}
