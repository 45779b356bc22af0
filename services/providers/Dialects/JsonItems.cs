using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Dialects;

/// <summary>The objects of a raw JSON array, or all its values, as spans; none where it is no array.</summary>
internal ref struct JsonItems
{
    private readonly ReadOnlySpan<byte> _json;
    private readonly bool _all;
    private Utf8JsonReader _reader;

    public JsonItems(ReadOnlySpan<byte> json, bool all = false)
    {
        _all = all;
        _json = json;
        if (json.Length == 0 || json[0] != '[')
            return;
        _reader = new Utf8JsonReader(json, GatewayJson.ReaderOptions);
        _reader.Read();
    }

    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly JsonItems GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_json.Length > 0 && _reader.TokenType != JsonTokenType.None && _reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)_reader.TokenStartIndex;
            _reader.Skip();
            Current = _json[start..(int)_reader.BytesConsumed];
            if (_all || Current[0] == '{')
                return true;
        }

        return false;
    }
}
