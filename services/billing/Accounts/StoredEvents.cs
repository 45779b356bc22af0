using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Billing.Accounts;

/// <summary>
/// Events of one page of an account, in the bytes they came in. They go to the store compressed, as a string of base64: what events of a key have in common,
/// names, prices and ids, stands there once. A page that an older build wrote is a JSON array of them.
/// </summary>
[JsonConverter(typeof(Converter))]
internal sealed class StoredEvents
{
    /// <summary>The quickest: of events that look alike it leaves a fifth, and the best a sixth.</summary>
    private const int Quality = 1;
    private const int Window = 22;

    // The array without its closing bracket, for which there is always room.
    private byte[] _json = [(byte)'[', (byte)']'];
    private int _length = 1;

    /// <summary>The events as a JSON array; good until the next one is added.</summary>
    public ReadOnlyMemory<byte> Json
    {
        get
        {
            _json[_length] = (byte)']';
            return _json.AsMemory(0, _length + 1);
        }
    }

    /// <summary>Puts an event behind the others.</summary>
    public void Add(ReadOnlySpan<byte> json)
    {
        // With the comma in front and the bracket behind.
        var needed = _length + json.Length + 2;
        if (_json.Length < needed)
            Array.Resize(ref _json, Math.Max(needed, 2 * _json.Length));
        if (_length > 1)
            _json[_length++] = (byte)',';
        json.CopyTo(_json.AsSpan(_length));
        _length += json.Length;
    }

    /// <summary>
    /// Adds the events of a page from the one at <paramref name="start"/> to the one before <paramref name="end"/>, as far as it has them: that some are
    /// missing is found by who counts them.
    /// </summary>
    public void AddRange(StoredEvents page, int start, int end)
    {
        using var events = JsonDocument.Parse(page.Json);
        for (var i = start; i < Math.Min(end, events.RootElement.GetArrayLength()); i++)
            Add(JsonMarshal.GetRawUtf8Value(events.RootElement[i]));
    }

    internal sealed class Converter : JsonConverter<StoredEvents>
    {
        public override StoredEvents Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String)
                return Unpack(reader.GetBytesFromBase64());
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                throw new JsonException();
            var json = JsonMarshal.GetRawUtf8Value(document.RootElement).ToArray();
            // An array with white space in it is as good as one without.
            return new StoredEvents { _json = json, _length = json.AsSpan()[..^1].TrimEnd(" \t\r\n"u8).Length };
        }

        public override void Write(Utf8JsonWriter writer, StoredEvents value, JsonSerializerOptions options)
        {
            var json = value.Json.Span;
            var packed = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(json.Length));
            try
            {
                if (!BrotliEncoder.TryCompress(json, packed, out var length, Quality, Window))
                    throw new JsonException("The events of a page could not be compressed.");
                writer.WriteBase64StringValue(packed.AsSpan(0, length));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(packed);
            }
        }

        private static StoredEvents Unpack(byte[] packed)
        {
            using var json = new MemoryStream();
            try
            {
                using var unpacking = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
                unpacking.CopyTo(json);
            }
            catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
            {
                throw new JsonException("It is no page of events.", e);
            }

            var bytes = json.ToArray();
            return bytes is [(byte)'[', .., (byte)']'] ? new StoredEvents { _json = bytes, _length = bytes.Length - 1 } : throw new JsonException();
        }
    }
}
