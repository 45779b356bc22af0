using System.Text.Json;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>Where the members of a published CloudEvent are; one that is not there is the empty range at the beginning.</summary>
internal readonly record struct CloudEventParts(
    bool IsCloudEvent, Range Data, Range DataContentType, Range Id, Range Source, Range SpecVersion, Range Time, Range Type)
{
    /// <summary>False: it has members besides these, or one of them twice.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static bool TryRead(ReadOnlySpan<byte> cloudEvent, out CloudEventParts parts)
    {
        parts = default;
        Range data = default, contentType = default, id = default, source = default, version = default, time = default, type = default;
        var reader = new Utf8JsonReader(cloudEvent);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ref var part = ref data;
            if (reader.ValueTextEquals("data"u8))
                part = ref data;
            else if (reader.ValueTextEquals("datacontenttype"u8))
                part = ref contentType;
            else if (reader.ValueTextEquals("id"u8))
                part = ref id;
            else if (reader.ValueTextEquals("source"u8))
                part = ref source;
            else if (reader.ValueTextEquals("specversion"u8))
                part = ref version;
            else if (reader.ValueTextEquals("time"u8))
                part = ref time;
            else if (reader.ValueTextEquals("type"u8))
                part = ref type;
            else
                return false;
            if (!part.Equals(default))
                return false;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            part = start..(int)reader.BytesConsumed;
        }

        // Nothing may follow it.
        if (reader.Read())
            return false;
        parts = new CloudEventParts(true, data, contentType, id, source, version, time, type);
        return true;
    }
}
