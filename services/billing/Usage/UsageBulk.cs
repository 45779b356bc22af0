using System.Runtime.InteropServices;
using System.Text.Json;

namespace Gateway.Billing.Usage;

/// <summary>Dapr's envelope for several events in one call, and its answer: a status for each.</summary>
internal static class UsageBulk
{
    /// <summary>Null when the body is no such envelope, but an event by itself.</summary>
    public static List<Entry>? TryParse(ReadOnlyMemory<byte> body)
    {
        // A usage event has no member of this name, and nearly every body without it is one.
        if (body.Span.IndexOf("\"entries\""u8) < 0)
            return null;
        try
        {
            using var envelope = JsonDocument.Parse(body);
            return Member(envelope.RootElement, "entries"u8) is { ValueKind: JsonValueKind.Array } entries
                ? [.. entries.EnumerateArray().Select(entry => new Entry(Text(body, Member(entry, "entryId"u8)), Bytes(body, Event(entry))))]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static ReadOnlyMemory<byte> Answer(List<Entry> entries)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>(64 * (entries.Count + 1));
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

    /// <summary>The usage event inside its CloudEvent; as it is when there is none around it.</summary>
    private static JsonElement? Event(JsonElement entry) => Member(entry, "event"u8) is { } e ? Member(e, "data"u8) ?? e : null;

    private static JsonElement? Member(JsonElement element, ReadOnlySpan<byte> name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null;
        }
        catch (InvalidOperationException)
        {
            // A name beside it is no valid Unicode: this entry is none of ours, and the others must not suffer for it.
            return null;
        }
    }

    private static ReadOnlyMemory<byte> Text(ReadOnlyMemory<byte> body, JsonElement? value) =>
        value is { ValueKind: JsonValueKind.String } ? Bytes(body, value) : Entry.NoId;

    /// <summary>Where the value stands in the body; nothing for no value.</summary>
    private static ReadOnlyMemory<byte> Bytes(ReadOnlyMemory<byte> body, JsonElement? value)
    {
        if (value is not { } element)
            return default;
        var raw = JsonMarshal.GetRawUtf8Value(element);
        return body.Span.Overlaps(raw, out var start) ? body.Slice(start, raw.Length) : raw.ToArray();
    }

    /// <param name="id">As JSON.</param>
    /// <param name="data">What should be a usage event.</param>
    internal sealed class Entry(ReadOnlyMemory<byte> id, ReadOnlyMemory<byte> data)
    {
        public static readonly ReadOnlyMemory<byte> NoId = "\"\""u8.ToArray();

        public ReadOnlyMemory<byte> Id => id;

        public ReadOnlyMemory<byte> Data => data;

        public string Status { get; set; } = "";
    }
}
