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

    /// <summary>Of nearly every event, so that their names need not be made anew.</summary>
    private static readonly JsonEncodedText[] Names =
        [.. ((string[])["data", "data_base64", "datacontenttype", "id", "source", "specversion", "time", "type"]).Select(name => JsonEncodedText.Encode(name))];

    private readonly List<Field> _fields = [];
    private readonly string _time = Timestamp(now);
    private readonly Utf8JsonWriter _json = new(Stream.Null, Relaxed);

    /// <exception cref="SidecarFault">The publisher says it sends a CloudEvent, and does not.</exception>
    public void Write(IBufferWriter<byte> output, Publication message, string traceparent)
    {
        _fields.Clear();
        if (message.ContentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase))
            Adopt(message.Data);
        else
            Wrap(message);
        PutIfMissing("specversion", "1.0");
        PutIfMissing("time", _time);
        PutIfMissing("type", DefaultType);
        Put("pubsubname", pubSub);
        Put("topic", topic);
        Put("traceid", traceparent);
        Put("traceparent", traceparent);
        Put("tracestate", "");
        if (message.TimeToLive is { } life)
            Put("expiration", Timestamp(now + life));
        foreach (var (name, value) in message.Metadata)
        {
            if (name.StartsWith(OverridePrefix, StringComparison.OrdinalIgnoreCase) && name.Length > OverridePrefix.Length)
                Put(name[OverridePrefix.Length..].ToLowerInvariant(), value);
        }

        _json.Reset(output);
        WriteFields(_json, _fields);
        _json.Flush();
    }

    /// <summary>What a subscriber to raw payloads gets: whatever was published, untouched, inside an envelope of the sidecar's.</summary>
    public static byte[] WrapRaw(ReadOnlySpan<byte> payload, string pubSub, string topic)
    {
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output, Relaxed);
        WriteFields(json,
        [
            new("data_base64", Convert.ToBase64String(payload)), new("datacontenttype", "application/octet-stream"), new("id", Guid.NewGuid().ToString()),
            new("pubsubname", pubSub), new("source", "Dapr"), new("specversion", "1.0"), new("topic", topic), new("type", DefaultType),
        ]);
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    public void Dispose() => _json.Dispose();

    private void Wrap(Publication message)
    {
        var type = message.ContentType.Length == 0 ? "text/plain" : message.ContentType;
        if (type.Contains("application/octet-stream", StringComparison.OrdinalIgnoreCase))
            Put("data_base64", Convert.ToBase64String(message.Data.Span));
        else if (IsJson(type) && IsValidJson(message.Data))
            Put("data", null, message.Data);
        else
            Put("data", Encoding.UTF8.GetString(message.Data.Span));
        Put("datacontenttype", type);
        if (!message.Metadata.ContainsKey(OverridePrefix + "id"))
            Put("id", Guid.NewGuid().ToString());
        Put("source", appId);
    }

    /// <summary>Takes the publisher's fields over, in the bytes they came in.</summary>
    private void Adopt(ReadOnlyMemory<byte> cloudEvent)
    {
        try
        {
            var reader = new Utf8JsonReader(cloudEvent.Span);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw new JsonException("not a JSON object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = NameOf(in reader);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                Put(name, null, cloudEvent[start..(int)reader.BytesConsumed]);
            }

            // Nothing comes after it.
            reader.Read();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new SidecarFault(500, "ERR_PUBSUB_CLOUD_EVENTS_SER", $"cannot create cloudevent: {error.Message}");
        }

        PutIfMissing("source", "Dapr");
    }

    private static string NameOf(in Utf8JsonReader reader)
    {
        foreach (var name in Names)
        {
            if (reader.ValueTextEquals(name.EncodedUtf8Bytes))
                return name.Value;
        }

        return reader.GetString()!;
    }

    private void PutIfMissing(string name, string text)
    {
        if (IndexOf(name) < 0)
            _fields.Add(new(name, text));
    }

    private void Put(string name, string? text, ReadOnlyMemory<byte> json = default)
    {
        var at = IndexOf(name);
        if (at < 0)
            _fields.Add(new(name, text, json));
        else
            _fields[at] = new(name, text, json);
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            if (_fields[i].Name == name)
                return i;
        }

        return -1;
    }

    private static void WriteFields(Utf8JsonWriter json, List<Field> fields)
    {
        fields.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        json.WriteStartObject();
        foreach (var (name, text, raw) in fields)
        {
            json.WritePropertyName(name);
            if (text is null)
                json.WriteRawValue(raw.Span, skipInputValidation: true);
            else
                json.WriteStringValue(text);
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

    /// <param name="Text">Null: it is the JSON.</param>
    private readonly record struct Field(string Name, string? Text, ReadOnlyMemory<byte> Json = default);
}
