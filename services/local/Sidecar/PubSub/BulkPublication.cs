using System.Text;
using System.Text.Json;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>What one call publishes together; each has an id, by which the answer names it.</summary>
internal sealed class BulkPublication(string pubSub, string topic, IReadOnlyDictionary<string, string> metadata)
{
    private readonly bool _isRaw = Publication.AsksForRaw(metadata);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public List<string> Ids { get; } = [];

    public List<Publication> Messages { get; } = [];

    /// <param name="own">
    /// The entry's own metadata, which win over the call's. Where an entry has none, the call's do not count for it either: so has Dapr read
    /// them since there is this call.
    /// </param>
    /// <exception cref="SidecarFault">No id, or one that is there already.</exception>
    public void Add(string id, ReadOnlyMemory<byte> data, string contentType, Dictionary<string, string>? own)
    {
        if (id.Length == 0 || !_known.Add(id))
            throw Unserializable("entryId is duplicated or not present for entry");
        foreach (var (name, value) in metadata)
            own?.TryAdd(name, value);
        Ids.Add(id);
        Messages.Add(new Publication(data, contentType, own ?? Publication.NoMetadata, _isRaw));
    }

    /// <summary>The body of the HTTP call. What is added points into it.</summary>
    /// <exception cref="SidecarFault">It is no list of entries.</exception>
    public void Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body.Span);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                throw new JsonException("not an array of entries");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                ReadEntry(ref reader, body);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Unreadable(error.Message);
        }
    }

    public SidecarFault Unreadable(string cause) =>
        new(400, "ERR_PUBSUB_EVENTS_SER", $"error when unmarshaling the request for topic {topic} pubsub {pubSub}: {cause}");

    private SidecarFault Unserializable(string cause) =>
        new(400, "ERR_PUBSUB_EVENTS_SER", $"error marshaling events to bytes for topic {topic} pubsub {pubSub}. error: {cause}");

    private void ReadEntry(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("an entry is not an object");
        string id = "", contentType = "";
        Dictionary<string, string>? own = null;
        var value = default(Utf8JsonReader);
        var data = ReadOnlyMemory<byte>.Empty;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("event"u8))
            {
                reader.Read();
                value = reader;
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                data = body[start..(int)reader.BytesConsumed];
            }
            else if (reader.ValueTextEquals("entryId"u8))
            {
                reader.Read();
                id = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("contentType"u8))
            {
                reader.Read();
                contentType = ContentTypeOf(ref reader);
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                own = ReadMetadata(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        Add(id, Bytes(value, data, contentType), contentType, own);
    }

    /// <summary>Nearly always one of two, which need not be made anew for each entry.</summary>
    private static string ContentTypeOf(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("application/cloudevents+json"u8) ? CloudEventEnvelope.ContentType
        : reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("application/json"u8) ? "application/json"
        : reader.GetString() ?? "";

    private static Dictionary<string, string>? ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("metadata is not an object");
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            metadata[name] = reader.GetString() ?? "";
        }

        return metadata;
    }

    /// <summary>JSON as it is; a text and, in base 64, bytes as what they stand for.</summary>
    private ReadOnlyMemory<byte> Bytes(Utf8JsonReader value, ReadOnlyMemory<byte> json, string contentType)
    {
        var semicolon = contentType.IndexOf(';', StringComparison.Ordinal);
        var media = contentType.AsSpan(0, semicolon < 0 ? contentType.Length : semicolon).Trim();
        if (media.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || media.Equals(CloudEventEnvelope.ContentType, StringComparison.OrdinalIgnoreCase))
            return json.IsEmpty ? "null"u8.ToArray() : json;
        if (value.TokenType == JsonTokenType.String)
        {
            if (media.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase) && value.TryGetBytesFromBase64(out var bytes))
                return bytes;
            if (media.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || media.Equals("application/xml", StringComparison.OrdinalIgnoreCase))
                return Encoding.UTF8.GetBytes(value.GetString()!);
        }

        throw Unserializable("mismatch between contentType and event");
    }
}
