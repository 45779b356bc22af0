using System.Buffers;

namespace Gateway.Providers.Text;

/// <summary>
/// Follows a JSON object that arrives in parts, to know when it is complete and whether it is one at all. Nothing is kept of it but where
/// in its grammar it stands.
/// </summary>
internal struct JsonProgress
{
    private const int LevelsPerWord = 64;

    /// <summary>What a string can't hold as it is, and what ends it.</summary>
    private static readonly SearchValues<byte> Special = SearchValues.Create(
        [(byte)'"', (byte)'\\', .. Enumerable.Range(0, ' ').Select(c => (byte)c)]);

    private State _state;

    /// <summary>Whether each open level is an object, the innermost in the lowest bit; full words of outer levels aside.</summary>
    private ulong _objects;
    private List<ulong>? _outer;
    private int _depth;
    private bool _isKey;
    private byte _left;
    private byte _literal;

    private enum State : byte
    {
        Value,
        FirstItem,
        FirstKey,
        Key,
        Colon,
        AfterValue,
        String,
        Escape,
        Digits,
        Minus,
        Zero,
        Integer,
        Point,
        Fraction,
        Exponent,
        ExponentSign,
        ExponentDigits,
        Literal,
        Complete,
        Broken,
    }

    public readonly bool IsComplete => _state == State.Complete;

    /// <summary>How many of the bytes belong to the object: all, or those up to its closing brace.</summary>
    public int Advance(ReadOnlySpan<byte> bytes)
    {
        var i = 0;
        while (i < bytes.Length && _state is not (State.Complete or State.Broken))
        {
            if (_state == State.String)
            {
                var next = bytes[i..].IndexOfAny(Special);
                if (next < 0)
                    return bytes.Length;
                i += next;
            }

            Read(bytes[i++]);
        }

        return _state == State.Complete ? i : bytes.Length;
    }

    private void Read(byte b)
    {
        switch (_state)
        {
            case State.String:
                _state = b switch
                {
                    (byte)'"' => _isKey ? State.Colon : State.AfterValue,
                    (byte)'\\' => State.Escape,
                    _ => State.Broken,
                };
                break;
            case State.Escape:
                _left = 4;
                _state = b == 'u' ? State.Digits : "\"\\/bfnrt"u8.Contains(b) ? State.String : State.Broken;
                break;
            case State.Digits:
                _state = !char.IsAsciiHexDigit((char)b) ? State.Broken : --_left == 0 ? State.String : State.Digits;
                break;
            case State.Literal:
                _state = b != Rest(_literal)[^_left] ? State.Broken : --_left == 0 ? State.AfterValue : State.Literal;
                break;
            case >= State.Minus and <= State.ExponentDigits:
                ReadNumber(b);
                break;
            case var _ when b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                break;
            default:
                ReadToken(b);
                break;
        }
    }

    private void ReadToken(byte b)
    {
        switch (_state)
        {
            case State.FirstKey when b == '}':
            case State.FirstItem when b == ']':
                Close();
                break;
            case State.FirstKey or State.Key:
                (_isKey, _state) = (true, b == '"' ? State.String : State.Broken);
                break;
            case State.Colon:
                _state = b == ':' ? State.Value : State.Broken;
                break;
            case State.AfterValue when b == ',':
                _state = (_objects & 1) == 1 ? State.Key : State.Value;
                break;
            case State.AfterValue:
                if (b == ((_objects & 1) == 1 ? (byte)'}' : (byte)']'))
                    Close();
                else
                    _state = State.Broken;
                break;
            default:
                BeginValue(b);
                break;
        }
    }

    private void BeginValue(byte b)
    {
        // The whole is an object and nothing else.
        if (_depth == 0 && b != '{')
            _state = State.Broken;
        else if (b is (byte)'{' or (byte)'[')
            Open(b == '{');
        else if (b == '"')
            (_isKey, _state) = (false, State.String);
        else if (b is (byte)'t' or (byte)'f' or (byte)'n')
            (_literal, _left, _state) = (b, (byte)Rest(b).Length, State.Literal);
        else
            _state = b == '-' ? State.Minus : b == '0' ? State.Zero : char.IsAsciiDigit((char)b) ? State.Integer : State.Broken;
    }

    private void ReadNumber(byte b)
    {
        var digit = char.IsAsciiDigit((char)b);
        var next = _state switch
        {
            State.Minus when b == '0' => State.Zero,
            State.Minus or State.Integer when digit => State.Integer,
            State.Zero or State.Integer when b == '.' => State.Point,
            State.Point or State.Fraction when digit => State.Fraction,
            State.Zero or State.Integer or State.Fraction when b is (byte)'e' or (byte)'E' => State.Exponent,
            State.Exponent when b is (byte)'+' or (byte)'-' => State.ExponentSign,
            State.Exponent or State.ExponentSign or State.ExponentDigits when digit => State.ExponentDigits,
            State.Zero or State.Integer or State.Fraction or State.ExponentDigits => State.AfterValue,
            _ => State.Broken,
        };
        _state = next;
        // A number ends only with what comes after it.
        if (next == State.AfterValue)
            Read(b);
    }

    private static ReadOnlySpan<byte> Rest(byte literal) => literal switch
    {
        (byte)'t' => "rue"u8,
        (byte)'f' => "alse"u8,
        _ => "ull"u8,
    };

    private void Open(bool isObject)
    {
        if (_depth > 0 && _depth % LevelsPerWord == 0)
            (_outer ??= []).Add(_objects);
        _objects = (_objects << 1) | (isObject ? 1UL : 0);
        _depth++;
        _state = isObject ? State.FirstKey : State.FirstItem;
    }

    private void Close()
    {
        _objects >>= 1;
        if (--_depth > 0 && _depth % LevelsPerWord == 0)
        {
            _objects = _outer![^1];
            _outer.RemoveAt(_outer.Count - 1);
        }

        _state = _depth == 0 ? State.Complete : State.AfterValue;
    }
}
