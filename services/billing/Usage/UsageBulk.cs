using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Gateway.Billing.Usage;

/// <summary>Dapr's envelope for several events in one call, and its answer: a status for each.</summary>
internal sealed record UsageBulk(IReadOnlyList<UsageBulk.Entry> Entries)
{
    /// <summary>Null when the body is no such envelope, but an event by itself.</summary>
    public static UsageBulk? TryParse(byte[] body)
    {
        try
        {
            // A usage event has no member of this name, and nearly every body without it is one.
            if (body.AsSpan().IndexOf("\"entries\""u8) < 0)
                return null;
            // Not disposed of: the elements are used until the call ends.
            var root = JsonDocument.Parse(body).RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("entries"u8, out var entries) || entries.ValueKind != JsonValueKind.Array)
                return null;
            return new UsageBulk([.. entries.EnumerateArray().Select(EntryOf)]);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The usage event inside its CloudEvent; as it is when there is none around it.</summary>
    public static ReadOnlySpan<byte> DataOf(JsonElement cloudEvent)
    {
        if (cloudEvent.ValueKind == JsonValueKind.Undefined)
            return default;
        return JsonMarshal.GetRawUtf8Value(cloudEvent.ValueKind == JsonValueKind.Object && cloudEvent.TryGetProperty("data"u8, out var data) ? data : cloudEvent);
    }

    public static byte[] Answer(UsageBulk bulk, IReadOnlyList<string> statuses)
    {
        var output = new ArrayBufferWriter<byte>(64 * (bulk.Entries.Count + 1));
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartArray("statuses"u8);
            for (var i = 0; i < bulk.Entries.Count; i++)
            {
                json.WriteStartObject();
                json.WriteString("entryId"u8, bulk.Entries[i].Id);
                json.WriteString("status"u8, statuses[i]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static Entry EntryOf(JsonElement entry) => entry.ValueKind == JsonValueKind.Object
        ? new Entry(
            entry.TryGetProperty("entryId"u8, out var id) && id.ValueKind == JsonValueKind.String ? id.GetString()! : "",
            entry.TryGetProperty("event"u8, out var e) ? e : default)
        : new Entry("", default);

    internal sealed record Entry(string Id, JsonElement Event);
}
