using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>The CloudEvent that Dapr makes of a published message; its fields are in alphabetical order.</summary>
internal static class CloudEventEnvelope
{
    public const string ContentType = "application/cloudevents+json";

    private const string DefaultType = "com.dapr.event.sent";
    private const string OverridePrefix = "cloudevent.";
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="SidecarFault">The publisher says it sends a CloudEvent, and does not.</exception>
    public static byte[] Create(Publication message, string appId, DateTimeOffset now, string traceparent)
    {
        var fields = new SortedDictionary<string, object>(StringComparer.Ordinal);
        if (message.ContentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase))
            Adopt(message, fields, now);
        else
            Wrap(message, appId, fields, now);
        fields["pubsubname"] = message.PubSub;
        fields["topic"] = message.Topic;
        fields["traceid"] = traceparent;
        fields["traceparent"] = traceparent;
        fields["tracestate"] = "";
        if (message.TimeToLive is { } life)
            fields["expiration"] = Timestamp(now + life);
        foreach (var (name, value) in message.Metadata)
        {
            if (name.StartsWith(OverridePrefix, StringComparison.OrdinalIgnoreCase) && name.Length > OverridePrefix.Length)
                fields[name[OverridePrefix.Length..].ToLowerInvariant()] = value;
        }

        return Write(fields);
    }

    /// <summary>What a subscriber to raw payloads gets: whatever was published, untouched, inside an envelope of the sidecar's.</summary>
    public static byte[] WrapRaw(ReadOnlySpan<byte> payload, string pubSub, string topic) => Write(new SortedDictionary<string, object>(StringComparer.Ordinal)
    {
        ["data_base64"] = Convert.ToBase64String(payload),
        ["datacontenttype"] = "application/octet-stream",
        ["id"] = Guid.NewGuid().ToString(),
        ["pubsubname"] = pubSub,
        ["source"] = "Dapr",
        ["specversion"] = "1.0",
        ["topic"] = topic,
        ["type"] = DefaultType,
    });

    private static void Wrap(Publication message, string appId, SortedDictionary<string, object> fields, DateTimeOffset now)
    {
        var type = message.ContentType.Length == 0 ? "text/plain" : message.ContentType;
        if (type.Contains("application/octet-stream", StringComparison.OrdinalIgnoreCase))
            fields["data_base64"] = Convert.ToBase64String(message.Data.Span);
        else if (IsJson(type) && IsValidJson(message.Data))
            fields["data"] = message.Data;
        else
            fields["data"] = Encoding.UTF8.GetString(message.Data.Span);
        fields["datacontenttype"] = type;
        if (!message.Metadata.ContainsKey(OverridePrefix + "id"))
            fields["id"] = Guid.NewGuid().ToString();
        fields["source"] = appId;
        fields["specversion"] = "1.0";
        fields["time"] = Timestamp(now);
        fields["type"] = DefaultType;
    }

    private static void Adopt(Publication message, SortedDictionary<string, object> fields, DateTimeOffset now)
    {
        try
        {
            using var json = JsonDocument.Parse(message.Data);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new JsonException("not a JSON object");
            foreach (var property in json.RootElement.EnumerateObject())
                fields[property.Name] = property.Value.Clone();
        }
        catch (JsonException error)
        {
            throw new SidecarFault(500, "ERR_PUBSUB_CLOUD_EVENTS_SER", $"cannot create cloudevent: {error.Message}");
        }

        fields.TryAdd("source", "Dapr");
        fields.TryAdd("specversion", "1.0");
        fields.TryAdd("time", Timestamp(now));
        fields.TryAdd("type", DefaultType);
    }

    private static byte[] Write(SortedDictionary<string, object> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        foreach (var (name, value) in fields)
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case string text:
                    json.WriteStringValue(text);
                    break;
                case JsonElement element:
                    element.WriteTo(json);
                    break;
                case ReadOnlyMemory<byte> raw:
                    json.WriteRawValue(raw.Span, skipInputValidation: true);
                    break;
            }
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static bool IsJson(string contentType)
    {
        var semicolon = contentType.IndexOf(';', StringComparison.Ordinal);
        var media = (semicolon < 0 ? contentType : contentType[..semicolon]).Trim();
        return media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsValidJson(ReadOnlyMemory<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data.Span);
            while (reader.Read())
                reader.TrySkip();
            return data.Length > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
