using System.Buffers;
using System.Globalization;
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
        _json.Reset(output);
        var isCloudEvent = message.ContentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase);
        var parts = default(CloudEventParts);
        if (message.Metadata.Count == 0 && (isCloudEvent ? Read(message.Data.Span, out parts) : IsJson(message.ContentType) && IsValidJson(message.Data)))
            WriteUsual(message, parts, traceparent);
        else
            WriteFields(_json, Fields(message, isCloudEvent, traceparent));
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

    /// <summary>JSON, or a CloudEvent that has nothing but what every one has: field by field, without a table of them.</summary>
    private void WriteUsual(Publication message, CloudEventParts parts, string traceparent)
    {
        var data = message.Data.Span;
        var isCloudEvent = parts.IsCloudEvent;
        _json.WriteStartObject();
        if (!isCloudEvent)
            WriteRaw("data"u8, data);
        else if (!parts.Data.Equals(default))
            WriteRaw("data"u8, data[parts.Data]);
        if (!isCloudEvent)
            _json.WriteString("datacontenttype"u8, message.ContentType);
        else if (!parts.DataContentType.Equals(default))
            WriteRaw("datacontenttype"u8, data[parts.DataContentType]);
        if (!isCloudEvent)
            _json.WriteString("id"u8, Guid.NewGuid());
        else if (!parts.Id.Equals(default))
            WriteRaw("id"u8, data[parts.Id]);
        _json.WriteString("pubsubname"u8, pubSub);
        WriteOr("source"u8, parts.Source, data, isCloudEvent ? "Dapr" : appId);
        WriteOr("specversion"u8, parts.SpecVersion, data, "1.0");
        WriteOr("time"u8, parts.Time, data, _time);
        _json.WriteString("topic"u8, topic);
        _json.WriteString("traceid"u8, traceparent);
        _json.WriteString("traceparent"u8, traceparent);
        _json.WriteString("tracestate"u8, "");
        WriteOr("type"u8, parts.Type, data, DefaultType);
        _json.WriteEndObject();
    }

    private void WriteOr(ReadOnlySpan<byte> name, Range part, ReadOnlySpan<byte> data, string otherwise)
    {
        if (part.Equals(default))
            _json.WriteString(name, otherwise);
        else
            WriteRaw(name, data[part]);
    }

    private void WriteRaw(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _json.WritePropertyName(name);
        _json.WriteRawValue(value, skipInputValidation: true);
    }

    /// <summary>False: it is no JSON, or has members of its own.</summary>
    private static bool Read(ReadOnlySpan<byte> data, out CloudEventParts parts)
    {
        try
        {
            return CloudEventParts.TryRead(data, out parts);
        }
        catch (JsonException)
        {
            // What is wrong with it is for the other way to say.
            parts = default;
            return false;
        }
    }

    private SortedDictionary<string, object> Fields(Publication message, bool isCloudEvent, string traceparent)
    {
        var fields = new SortedDictionary<string, object>(StringComparer.Ordinal);
        if (isCloudEvent)
            Adopt(message, fields);
        else
            Wrap(message, fields);
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

        return fields;
    }

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
        fields["specversion"] = "1.0";
        fields["time"] = _time;
        fields["type"] = DefaultType;
    }

    private void Adopt(Publication message, SortedDictionary<string, object> fields)
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
        fields.TryAdd("time", _time);
        fields.TryAdd("type", DefaultType);
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
                    element.WriteTo(json);
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
