using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Billing.Accounts;

/// <summary>Events of one page of an account, in the bytes they came in: written to the store as a JSON array without being read.</summary>
[JsonConverter(typeof(Converter))]
internal sealed class StoredEvents
{
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

    /// <summary>Adds the events of a page from the one at <paramref name="start"/> to the one before <paramref name="end"/>.</summary>
    public void AddRange(StoredEvents page, int start, int end)
    {
        using var events = JsonDocument.Parse(page.Json);
        for (var i = start; i < end; i++)
            Add(JsonMarshal.GetRawUtf8Value(events.RootElement[i]));
    }

    internal sealed class Converter : JsonConverter<StoredEvents>
    {
        public override StoredEvents Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                throw new JsonException();
            var json = JsonMarshal.GetRawUtf8Value(document.RootElement).ToArray();
            // An array with white space in it is as good as one without.
            return new StoredEvents { _json = json, _length = json.AsSpan()[..^1].TrimEnd(" \t\r\n"u8).Length };
        }

        public override void Write(Utf8JsonWriter writer, StoredEvents value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Json.Span, skipInputValidation: true);
    }
}
