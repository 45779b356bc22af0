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

    /// <summary>The array.</summary>
    public ReadOnlySpan<byte> Json
    {
        get
        {
            _json[_length] = (byte)']';
            return _json.AsSpan(0, _length + 1);
        }
    }

    /// <summary>Makes room for so many bytes of events, with the commas between them.</summary>
    public void Reserve(int bytes)
    {
        // And for the comma in front and the bracket behind.
        if (_json.Length >= _length + bytes + 2)
            return;
        var larger = GC.AllocateUninitializedArray<byte>(_length + bytes + 2);
        _json.AsSpan(0, _length).CopyTo(larger);
        _json = larger;
    }

    /// <summary>Puts an event behind the others.</summary>
    public void Add(ReadOnlySpan<byte> json)
    {
        Reserve(json.Length);
        if (_length > 1)
            _json[_length++] = (byte)',';
        json.CopyTo(_json.AsSpan(_length));
        _length += json.Length;
    }

    internal sealed class Converter : JsonConverter<StoredEvents>
    {
        public override StoredEvents Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                throw new JsonException();
            var json = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(document.RootElement);
            var bracket = json[..^1].TrimEnd(" \t\r\n"u8).Length;
            var events = new StoredEvents { _json = json.ToArray() };
            // An array with white space in it is as good as one without.
            events._length = bracket;
            return events;
        }

        public override void Write(Utf8JsonWriter writer, StoredEvents value, JsonSerializerOptions options) => writer.WriteRawValue(value.Json, skipInputValidation: true);
    }
}
