using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Usage;

/// <summary>Dapr's envelope for several events in one call, and its answer: a status for each. Read over once, events included.</summary>
internal static class UsageBulk
{
    /// <summary>Null when the body is no such envelope, but an event by itself.</summary>
    public static List<Entry>? TryParse(ReadOnlyMemory<byte> body)
    {
        try
        {
            // A usage event has no member of this name, and nearly every body without it is one.
            return body.Span.IndexOf("\"entries\""u8) < 0 ? null : Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static ReadOnlyMemory<byte> Answer(List<Entry> entries)
    {
        var output = new ArrayBufferWriter<byte>(64 * (entries.Count + 1));
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartArray("statuses"u8);
            foreach (var entry in entries)
            {
                json.WriteStartObject();
                json.WritePropertyName("entryId"u8);
                json.WriteRawValue(entry.Id.Span, skipInputValidation: true);
                json.WriteString("status"u8, entry.Status);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    private static List<Entry>? Parse(ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return null;
        List<Entry>? entries = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isEntries = reader.ValueTextEquals("entries"u8);
            reader.Read();
            if (!isEntries)
                reader.Skip();
            else
                entries = ReadEntries(body, ref reader);
        }

        // Nothing comes after it.
        reader.Read();
        return entries;
    }

    private static List<Entry>? ReadEntries(ReadOnlyMemory<byte> body, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return null;
        }

        var entries = new List<Entry>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var entry = new Entry();
            entries.Add(entry);
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("entryId"u8))
                {
                    reader.Read();
                    entry.Id = reader.TokenType == JsonTokenType.String ? Value(body, ref reader) : Entry.NoId;
                    reader.Skip();
                }
                else if (reader.ValueTextEquals("event"u8))
                {
                    reader.Read();
                    ReadEvent(entry, body, ref reader);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
        }

        return entries;
    }

    /// <summary>The usage event inside its CloudEvent; as it is when there is none around it.</summary>
    private static void ReadEvent(Entry entry, ReadOnlyMemory<byte> body, ref Utf8JsonReader reader)
    {
        (entry.Data, entry.Event) = (default, null);
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            entry.Data = Value(body, ref reader);
            return;
        }

        var start = (int)reader.TokenStartIndex;
        var isCloudEvent = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isData = reader.ValueTextEquals("data"u8);
            reader.Read();
            if (!isData)
            {
                reader.Skip();
                continue;
            }

            isCloudEvent = true;
            var before = reader;
            entry.Event = UsageEventReader.TryRead(body.Span, ref reader);
            if (entry.Event is null)
            {
                entry.Data = Value(body, ref before);
                reader = before;
            }
            else
            {
                entry.Data = body[(int)before.TokenStartIndex..(int)reader.BytesConsumed];
            }
        }

        if (!isCloudEvent)
            entry.Data = body[start..(int)reader.BytesConsumed];
    }

    /// <summary>The bytes of the value at the reader, which then stands at its end.</summary>
    private static ReadOnlyMemory<byte> Value(ReadOnlyMemory<byte> body, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }

    internal sealed class Entry
    {
        public static readonly ReadOnlyMemory<byte> NoId = "\"\""u8.ToArray();

        /// <summary>As JSON.</summary>
        public ReadOnlyMemory<byte> Id { get; set; } = NoId;

        public ReadOnlyMemory<byte> Data { get; set; }

        /// <summary>Null when the data must be looked at more closely.</summary>
        public UsageEvent? Event { get; set; }

        public string Status { get; set; } = "";
    }
}
