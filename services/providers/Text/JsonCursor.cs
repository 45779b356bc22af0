using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Text;

/// <summary>
/// Walks over JSON in one pass and gives out spans of it. As strict as <see cref="Utf8JsonReader"/>, whatever is skipped included,
/// but faster where one string of an event
/// matters or a string is long and has escapes.
/// <code>
///   if (cursor.Enter('{'))
///       while (cursor.Member(out var name)) { … cursor.Value() … }     // every value is taken, skipped or entered
///   if (cursor.Enter('['))
///       while (cursor.Item()) { … cursor.Value() … }
/// </code>
/// </summary>
internal ref struct JsonCursor(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private int _at;
    private int _depth;

    /// <summary>Nothing of the object or array has been read, so no comma comes first.</summary>
    private bool _first;

    /// <summary>The last string had escapes.</summary>
    private bool _escaped;

    /// <summary>Steps into an object or an array; false, and nothing happens, where the next value is something else.</summary>
    public bool Enter(char open)
    {
        if (Next() != open)
            return false;
        Open();
        return true;
    }

    /// <summary>Where the next token is; not moved on by whatever is there.</summary>
    public readonly int Position => _at;

    /// <summary>Where the next value begins.</summary>
    public int Start()
    {
        Next();
        return _at;
    }

    /// <summary>The next member of the object; its value follows. False at the end of the object, which is left.</summary>
    public bool Member(out ReadOnlySpan<byte> name)
    {
        var any = MemberAt(out var start, out var length, out var escaped);
        name = _json.Slice(start, length);
        if (escaped)
            name = JsonText.Unescape(name);
        return any;
    }

    /// <summary>The same with the place of its name, between the quotes.</summary>
    public bool MemberAt(out int start, out int length, out bool escaped)
    {
        var next = Next();
        if (next == '}')
        {
            Close();
            start = length = 0;
            escaped = false;
            return false;
        }

        Comma(next);
        if (Next() != '"')
            throw Wrong();
        start = _at + 1;
        SkipString();
        length = _at - 1 - start;
        escaped = _escaped;
        if (Next() != ':')
            throw Wrong();
        _at++;
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

    /// <summary>Nothing may follow but space.</summary>
    public void End()
    {
        for (; _at < _json.Length; _at++)
        {
            if (!IsSpace(_json[_at]))
                throw Wrong();
        }
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
            if (!IsSpace(_json[_at]))
                return _json[_at];
        }

        throw Wrong();
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

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

    private void SkipValue()
    {
        switch (_json[_at])
        {
            case (byte)'"':
                SkipString();
                break;
            case (byte)'{':
                Open();
                while (MemberAt(out _, out _, out _))
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

    private void SkipString()
    {
        _at++;
        _escaped = false;
        while (true)
        {
            if (_json.Length - _at >= Vector256<byte>.Count)
            {
                if (SkipBlock())
                    return;
            }
            else if (_at >= _json.Length)
            {
                throw Wrong();
            }
            else if (_json[_at] is >= (byte)' ' and not (byte)'"' and not (byte)'\\')
            {
                _at++;
            }
            else if (EndsString())
            {
                return;
            }
        }
    }

    /// <summary>So many bytes of a string at a time; true where it ends among them.</summary>
    private bool SkipBlock()
    {
        var block = _at;
        var bytes = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(_json), (nuint)block);
        var isQuote = Vector256.Equals(bytes, Vector256.Create((byte)'"'));
        var isEscape = Vector256.Equals(bytes, Vector256.Create((byte)'\\'));
        var isControl = Vector256.LessThan(bytes, Vector256.Create((byte)' '));
        var stops = (isQuote | isEscape | isControl).ExtractMostSignificantBits();
        while (stops != 0)
        {
            _at = block + BitOperations.TrailingZeroCount(stops);
            if (_json[_at] == '"')
            {
                _at++;
                return true;
            }

            EndsString();
            // What an escape is made of stops nothing.
            var past = _at - block;
            stops = past < Vector256<byte>.Count ? stops & (uint.MaxValue << past) : 0;
        }

        _at = Math.Max(_at, block + Vector256<byte>.Count);
        return false;
    }

    /// <summary>True for the end of the string; an escape is skipped.</summary>
    private bool EndsString()
    {
        switch (_json[_at++])
        {
            case (byte)'"':
                return true;
            case (byte)'\\':
                _escaped = true;
                SkipEscape();
                return false;
            default:
                throw Wrong();
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
        if (_at < _json.Length && _json[_at] is not ((byte)',' or (byte)'}' or (byte)']') && !IsSpace(_json[_at]))
            throw Wrong();
    }

    private readonly JsonException Wrong() => new($"The JSON is wrong or breaks off at byte {_at}.");
}
