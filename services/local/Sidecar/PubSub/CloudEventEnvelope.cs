using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>The CloudEvents that Dapr makes of what one call publishes; their fields are in alphabetical order.</summary>
internal sealed class CloudEventEnvelope(string pubSub, string topic, string appId, DateTimeOffset now) : IDisposable
{
    public const string ContentType = "application/cloudevents+json";

    private const string DefaultType = "com.dapr.event.sent";
    private const string OverridePrefix = "cloudevent.";
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly string _time = Timestamp(now);
    private readonly Utf8JsonWriter _json = new(Stream.Null, Relaxed);

    /// <exception cref="SidecarFault">The publisher says it sends a CloudEvent, and does not.</exception>
    public void Write(IBufferWriter<byte> output, Publication message, string traceparent)
    {
        using var given = message.ContentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) ? Parse(message.Data) : null;
        var fields = new SortedDictionary<string, object>(StringComparer.Ordinal);
        if (given is not null)
            Adopt(given.RootElement, fields);
        else
            Wrap(message, fields);
        fields.TryAdd("specversion", "1.0");
        fields.TryAdd("time", _time);
        fields.TryAdd("type", DefaultType);
        fields["pubsubname"] = pubSub;
        fields["topic"] = topic;
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

        _json.Reset(output);
        WriteFields(_json, fields);
        _json.Flush();
    }

    /// <summary>What a subscriber to raw payloads gets: whatever was published, untouched, inside an envelope of the sidecar's.</summary>
    public static byte[] WrapRaw(ReadOnlySpan<byte> payload, string pubSub, string topic)
    {
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output, Relaxed);
        WriteFields(json, new SortedDictionary<string, object>(StringComparer.Ordinal)
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
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    public void Dispose() => _json.Dispose();

    private void Wrap(Publication message, SortedDictionary<string, object> fields)
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
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> cloudEvent)
    {
        try
        {
            var json = JsonDocument.Parse(cloudEvent);
            return json.RootElement.ValueKind == JsonValueKind.Object ? json : throw new JsonException("not a JSON object");
        }
        catch (JsonException error)
        {
            throw new SidecarFault(500, "ERR_PUBSUB_CLOUD_EVENTS_SER", $"cannot create cloudevent: {error.Message}");
        }
    }

    private static void Adopt(JsonElement cloudEvent, SortedDictionary<string, object> fields)
    {
        foreach (var property in cloudEvent.EnumerateObject())
            fields[property.Name] = property.Value;
        fields.TryAdd("source", "Dapr");
    }

    private static void WriteFields(Utf8JsonWriter json, SortedDictionary<string, object> fields)
    {
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
                    json.WriteRawValue(JsonMarshal.GetRawUtf8Value(element), skipInputValidation: true);
                    break;
                case ReadOnlyMemory<byte> raw:
                    json.WriteRawValue(raw.Span, skipInputValidation: true);
                    break;
            }
        }

        json.WriteEndObject();
    }

    private static bool IsJson(string contentType)
    {
        var semicolon = contentType.IndexOf(';', StringComparison.Ordinal);
        var media = (semicolon < 0 ? contentType.AsSpan() : contentType.AsSpan(0, semicolon)).Trim();
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
