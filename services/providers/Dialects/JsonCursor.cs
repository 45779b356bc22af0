using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects;

/// <summary>
/// Walks over a provider's JSON in one pass and gives out spans of it. As strict as <see cref="Utf8JsonReader"/>, whatever is skipped included,
/// but an event of a stream is a few hundred bytes of which one string matters, and a token at a time costs a third of the whole translation.
/// <code>
///   if (cursor.Enter('{'))
///       while (cursor.Member(out var name)) { … cursor.Value() … }     // every value is taken, skipped or entered
///   if (cursor.Enter('['))
///       while (cursor.Item()) { … cursor.Value() … }
/// </code>
/// </summary>
internal ref struct JsonCursor(ReadOnlySpan<byte> json)
{
    private static readonly SearchValues<byte> StringStops = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(c => (byte)c), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> _json = json;
    private int _at;
    private int _depth;

    /// <summary>Nothing of the object or array has been read, so no comma comes first.</summary>
    private bool _first;

    /// <summary>Steps into an object or an array; false, and nothing happens, where the next value is something else.</summary>
    public bool Enter(char open)
    {
        if (Next() != open)
            return false;
        Open();
        return true;
    }

    /// <summary>The next member of the object; its value follows. False at the end of the object, which is left.</summary>
    public bool Member(out ReadOnlySpan<byte> name)
    {
        var next = Next();
        if (next == '}')
        {
            Close();
            name = default;
            return false;
        }

        name = Name(next);
        return true;
    }

    /// <summary>Whether another item of the array follows. False at the end of the array, which is left.</summary>
    public bool Item()
    {
        var next = Next();
        if (next == ']')
        {
            Close();
            return false;
        }

        Comma(next);
        return true;
    }

    /// <summary>The next value as it is written.</summary>
    public ReadOnlySpan<byte> Value()
    {
        Next();
        var start = _at;
        SkipValue();
        return _json[start.._at];
    }

    public void Skip()
    {
        Next();
        SkipValue();
    }

    /// <summary>The first of an object's members with this name; empty where there is none.</summary>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> name)
    {
        while (Member(out var other))
        {
            if (other.SequenceEqual(name))
                return Value();
            Skip();
        }

        return default;
    }

    /// <summary>The first byte of the next token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte Next()
    {
        if ((uint)_at < (uint)_json.Length && _json[_at] > ' ')
            return _json[_at];
        return NextAfterSpace();
    }

    private byte NextAfterSpace()
    {
        for (; _at < _json.Length; _at++)
        {
            if (_json[_at] is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
                return _json[_at];
        }

        throw Wrong();
    }

    private void Open()
    {
        if (++_depth > GatewayJson.MaxDepth)
            throw new JsonException($"The JSON is nested deeper than {GatewayJson.MaxDepth}.");
        _at++;
        _first = true;
    }

    private void Close()
    {
        _depth--;
        _at++;
        _first = false;
    }

    private void Comma(byte next)
    {
        if (_first)
        {
            _first = false;
            return;
        }

        if (next != ',')
            throw Wrong();
        _at++;
    }

    private ReadOnlySpan<byte> Name(byte next)
    {
        Comma(next);
        if (Next() != '"')
            throw Wrong();
        var start = _at + 1;
        var escaped = SkipString();
        var name = _json[start..(_at - 1)];
        if (Next() != ':')
            throw Wrong();
        _at++;
        return escaped ? JsonText.Unescape(name) : name;
    }

    private void SkipValue()
    {
        switch (_json[_at])
        {
            case (byte)'"':
                SkipString();
                break;
            case (byte)'{':
                Open();
                while (Member(out _))
                    Skip();
                break;
            case (byte)'[':
                Open();
                while (Item())
                    Skip();
                break;
            case (byte)'n':
                SkipWord("null"u8);
                break;
            case (byte)'t':
                SkipWord("true"u8);
                break;
            case (byte)'f':
                SkipWord("false"u8);
                break;
            default:
                SkipNumber();
                break;
        }
    }

    /// <returns>Whether it has escapes.</returns>
    private bool SkipString()
    {
        var escaped = false;
        _at++;
        while (true)
        {
            var length = _json[_at..].IndexOfAny(StringStops);
            if (length < 0)
                throw Wrong();
            _at += length + 1;
            switch (_json[_at - 1])
            {
                case (byte)'"':
                    return escaped;
                case (byte)'\\':
                    escaped = true;
                    SkipEscape();
                    break;
                default:
                    throw Wrong();
            }
        }
    }

    private void SkipEscape()
    {
        if (_at >= _json.Length)
            throw Wrong();
        switch (_json[_at++])
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return;
            case (byte)'u':
                for (var end = _at + 4; _at < end; _at++)
                {
                    if (_at >= _json.Length || !char.IsAsciiHexDigit((char)_json[_at]))
                        throw Wrong();
                }

                return;
            default:
                throw Wrong();
        }
    }

    private void SkipWord(ReadOnlySpan<byte> word)
    {
        if (!_json[_at..].StartsWith(word))
            throw Wrong();
        _at += word.Length;
        EndOfValue();
    }

    private void SkipNumber()
    {
        if (_json[_at] == '-')
            _at++;
        if (_at < _json.Length && _json[_at] == '0')
            _at++;
        else
            SkipDigits();
        if (_at < _json.Length && _json[_at] == '.')
        {
            _at++;
            SkipDigits();
        }

        if (_at < _json.Length && _json[_at] is (byte)'e' or (byte)'E')
        {
            _at++;
            if (_at < _json.Length && _json[_at] is (byte)'+' or (byte)'-')
                _at++;
            SkipDigits();
        }

        EndOfValue();
    }

    private void SkipDigits()
    {
        var start = _at;
        while (_at < _json.Length && char.IsAsciiDigit((char)_json[_at]))
            _at++;
        if (_at == start)
            throw Wrong();
    }

    /// <summary>A number or a word ends where its token ends, and not in the middle of <c>01</c> or <c>nullx</c>.</summary>
    private readonly void EndOfValue()
    {
        if (_at < _json.Length && _json[_at] is not ((byte)',' or (byte)'}' or (byte)']' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            throw Wrong();
    }

    private readonly JsonException Wrong() => new($"The JSON is wrong or breaks off at byte {_at}.");
}
