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
    public static ReadOnlyMemory<byte> DataOf(ReadOnlyMemory<byte> delivery) => DataOf(delivery, mayBeBulk: false, out _);

    /// <summary>The data of a CloudEvent, or of each that is in a bulk; in one look, since most deliveries are one event.</summary>
    /// <param name="delivery">What the sidecar has sent.</param>
    /// <param name="entries">With the id by which the answer names each; null: the delivery is no bulk.</param>
    public static ReadOnlyMemory<byte> DataOf(ReadOnlyMemory<byte> delivery, out List<(string? Id, ReadOnlyMemory<byte> Data)>? entries) =>
        DataOf(delivery, mayBeBulk: true, out entries);

    private static ReadOnlyMemory<byte> DataOf(
        ReadOnlyMemory<byte> delivery, bool mayBeBulk, out List<(string? Id, ReadOnlyMemory<byte> Data)>? entries)
    {
        var data = delivery;
        entries = null;
        try
        {
            var reader = new Utf8JsonReader(delivery.Span);
            if (reader.Read())
                entries = ReadData(ref reader, delivery, ref data, mayBeBulk);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or half a character: it is judged as it is.
        }

        return data;
    }

    private static List<(string? Id, ReadOnlyMemory<byte> Data)> ReadEntries(ref Utf8JsonReader reader, ReadOnlyMemory<byte> delivery)
    {
        var entries = new List<(string?, ReadOnlyMemory<byte>)>();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            string? id = null;
            ReadOnlyMemory<byte> data = default;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isId, isEvent) = (reader.NameIs("entryId"u8), reader.NameIs("event"u8));
                reader.Read();
                if (isId)
                    id = reader.GetString();
                if (isEvent)
                    ReadData(ref reader, delivery, ref data, mayBeBulk: false);
                else
                    reader.Skip();
            }

            entries.Add((id, data));
        }

        return entries;
    }

    /// <param name="reader">At the first token of the CloudEvent; afterwards at its last.</param>
    /// <param name="delivery">What is read.</param>
    /// <param name="data">All of it where there is none in it; as it was where the reader fails before it knows.</param>
    /// <param name="mayBeBulk">Whether it may have entries in place of data.</param>
    /// <returns>The entries; null: it has none.</returns>
    private static List<(string? Id, ReadOnlyMemory<byte> Data)>? ReadData(
        ref Utf8JsonReader reader, ReadOnlyMemory<byte> delivery, ref ReadOnlyMemory<byte> data, bool mayBeBulk)
    {
        var (start, found) = ((int)reader.TokenStartIndex, false);
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        if (!isObject)
            reader.Skip();
        while (isObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isData, isBase64) = (!found && reader.NameIs("data"u8), !found && reader.NameIs("data_base64"u8));
            var isEntries = mayBeBulk && reader.NameIs("entries"u8);
            reader.Read();
            if (isEntries && reader.TokenType == JsonTokenType.StartArray)
                return ReadEntries(ref reader, delivery);
            var value = (int)reader.TokenStartIndex;
            // Published as text, it is a string of JSON; published as bytes, it is in base64.
            if (reader.TokenType == JsonTokenType.String && isData && TryGetText(in reader, out var text))
                (data, found) = (text, true);
            else if (reader.TokenType == JsonTokenType.String && isBase64 && reader.TryGetBytesFromBase64(out var bytes))
                (data, found) = (bytes, true);
            reader.Skip();
            if (isData && !found && reader.TokenType != JsonTokenType.String)
                (data, found) = (delivery[value..(int)reader.BytesConsumed], true);
        }

        if (!found)
            data = delivery[start..(int)reader.BytesConsumed];
        return null;
    }

    private static bool TryGetText(in Utf8JsonReader reader, out byte[] text)
    {
        try
        {
            text = Encoding.UTF8.GetBytes(reader.GetString()!);
            return true;
        }
        catch (InvalidOperationException)
        {
            // Half a character.
            text = [];
            return false;
        }
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
        // A report of everything adds up the organisations, and the accounts of groups and rules keep no events.
        if (AccountIds.IsSum(e.KeyId))
            return "key_id is that of a team, an organisation or a rule";
        if (HasTwoOrganizations(e))
            return "accounts has more than one organisation";
        if (e.Time < Earliest || e.Time >= Latest)
            return "time is out of range";
        if (e.Cost is { Amount: < 0 or > Cost.Most })
            return "cost.amount is out of range";
        return IsInRange(usage) && usage.Iterations?.All(pass => IsInRange(pass.Usage)) is not false ? null : "a number of usage is out of range";
    }

    private static bool HasTwoOrganizations(UsageEvent e)
    {
        string? first = null;
        for (var i = 0; i < e.Accounts?.Count; i++)
        {
            if (AccountIds.IsOrganization(e.Accounts[i]) && (first ??= e.Accounts[i]) != e.Accounts[i])
                return true;
        }

        return false;
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
