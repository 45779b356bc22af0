using System.Text.Json;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Accounts;

/// <summary>A JSON array of usage events.</summary>
internal static class UsageEvents
{
    /// <exception cref="JsonException">It is none.</exception>
    public static List<UsageEvent> Read(ReadOnlySpan<byte> json) => Split(json).ConvertAll(e => e.Event);

    /// <summary>Each event, and where its bytes are.</summary>
    /// <exception cref="JsonException">It is no array of events.</exception>
    public static List<(UsageEvent Event, Range Json)> Split(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("No array of usage events.");
        var events = new List<(UsageEvent Event, Range Json)>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var before = reader;
            var start = (int)reader.TokenStartIndex;
            var e = UsageEventReader.TryRead(json, ref reader);
            if (e is null)
            {
                reader = before;
                reader.Skip();
                e = UsageJson.Read(json[start..(int)reader.BytesConsumed]) ?? throw new JsonException("A usage event is null.");
            }

            events.Add((e, start..(int)reader.BytesConsumed));
        }

        return events;
    }
}
