namespace Gateway.Providers.Text;

/// <summary>
/// Counts tokens without a vocabulary, in one pass: words, camel humps, long words, numbers in threes, indentation and marks in ASCII text,
/// letters by script in any other. It depends on the text alone and not on how it was cut. The weights are fitted to the mean of OpenAI's
/// o200k and of Llama 3's vocabulary on code, documentation and translated messages; on other samples, which the tests hold, it is within
/// <see cref="PlainPercent"/> % of both of them for English, code, JSON, markup and logs, and within <see cref="ForeignPercent"/> % for
/// base64 and for the languages tried. <c>tests/fixtures/tokens</c> has the figures and what smaller vocabularies say.
/// </summary>
public struct TokenEstimate
{
    public const int PlainPercent = 15;
    public const int ForeignPercent = 40;

    private const int LongWord = 8;

    private static readonly Kind[] Kinds = AsciiKinds();

    private double _ascii;
    private double _other;
    private Kind _before;
    private int _length;
    private char _mark;
    private int _rune;
    private int _missing;

    private enum Kind : byte
    {
        Start,
        Lower,
        Upper,
        Latin,
        Digit,
        Space,
        Spaces,
        Line,
        Mark,
        Ignored,
        Greek,
        Cyrillic,
        Hebrew,
        Arabic,
        Devanagari,
        Thai,
        Indic,
        Ideograph,
    }

    public readonly long Tokens => (long)Math.Ceiling(_ascii + _other);

    /// <summary>So many of them stand for something else than ASCII.</summary>
    public readonly double Foreign => _other;

    public static long Of(ReadOnlySpan<byte> utf8)
    {
        var estimate = default(TokenEstimate);
        estimate.Add(utf8);
        return estimate.Tokens;
    }

    public static long Of(string text)
    {
        var estimate = default(TokenEstimate);
        estimate.Add(text);
        return estimate.Tokens;
    }

    public void Add(ReadOnlySpan<byte> utf8)
    {
        foreach (var b in utf8)
        {
            if (b < 0x80)
            {
                _missing = 0;
                AddAscii((char)b);
            }
            else if (b >= 0xC0)
            {
                _missing = b >= 0xF0 ? 3 : b >= 0xE0 ? 2 : 1;
                _rune = b & (0x3F >> _missing);
            }
            else if (_missing > 0)
            {
                _rune = (_rune << 6) | (b & 0x3F);
                if (--_missing == 0)
                    AddOther(_rune);
            }
        }
    }

    public void Add(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c < 0x80)
                AddAscii(c);
            else if (char.IsLowSurrogate(c))
                AddOther(0x10000);
            else if (!char.IsHighSurrogate(c))
                AddOther(c);
        }
    }

    private void AddAscii(char c)
    {
        var kind = Kinds[c];
        switch (kind)
        {
            case Kind.Lower or Kind.Upper:
                AddLetter(kind);
                break;
            case Kind.Digit:
                // Numbers are cut into threes.
                if (_before != Kind.Digit)
                {
                    _length = 0;
                    _ascii += 1.05;
                }

                if (_length++ % 3 == 0)
                    _ascii += 0.35;
                break;
            case Kind.Space:
                // One space belongs to the word that follows, indentation to the line break before it.
                if (_before == Kind.Space)
                    _ascii += 1.1;
                kind = _before is Kind.Space or Kind.Spaces or Kind.Line ? Kind.Spaces : Kind.Space;
                break;
            case Kind.Line:
                _ascii += _before == Kind.Line ? 0.05 : 1.4;
                break;
            case Kind.Mark:
                _ascii += _before != Kind.Mark ? 0.8 : c == _mark ? 0.05 : 0.42;
                _mark = c;
                break;
            default:
                return;
        }

        _before = kind;
    }

    private void AddLetter(Kind kind)
    {
        if (_before is not (Kind.Lower or Kind.Upper or Kind.Latin))
        {
            BeginWord();
        }
        else if (kind == Kind.Upper && _before == Kind.Lower)
        {
            _ascii += 1.2;
            _length = 0;
        }
        else if (kind == Kind.Upper && _before == Kind.Upper)
        {
            _ascii += 0.25;
        }
        else if (_length >= LongWord)
        {
            _ascii += 0.4;
        }

        _length++;
    }

    /// <summary>A mark before a word is often one token with it.</summary>
    private void BeginWord()
    {
        _ascii += _before == Kind.Mark ? 0.5 : 0.95;
        _length = 0;
    }

    private void AddOther(int rune)
    {
        var (kind, letter, word) = Script(rune);
        if (kind == Kind.Latin)
        {
            if (_before is not (Kind.Lower or Kind.Upper or Kind.Latin))
                BeginWord();
            _length++;
        }
        else if (word > 0 && _before != kind)
        {
            _other += word;
        }

        _other += letter;
        _before = kind;
    }

    /// <summary>What a letter of a script costs, and the beginning of a word of it.</summary>
    private static (Kind Kind, double Letter, double Word) Script(int rune) => rune switch
    {
        < 0x370 => (Kind.Latin, 1.1, 0),
        < 0x400 => (Kind.Greek, 0.15, 1.4),
        < 0x590 => (Kind.Cyrillic, 0.1, 1.4),
        < 0x600 => (Kind.Hebrew, 0.5, 1.4),
        < 0x900 => (Kind.Arabic, 0.08, 1.4),
        < 0x980 => (Kind.Devanagari, 0.48, 0.1),
        >= 0xE00 and < 0xE80 => (Kind.Thai, 0.47, 0.1),
        < 0x1000 => (Kind.Indic, 0.9, 0.1),
        // Vietnamese.
        >= 0x1E00 and < 0x1F00 => (Kind.Latin, 0.1, 0),
        < 0x2000 => (Kind.Ideograph, 1.0, 0),
        // Quotation marks, dashes, arrows.
        < 0x3000 => (Kind.Ideograph, 0.9, 0),
        // Kana.
        < 0x4000 => (Kind.Ideograph, 0.65, 0),
        // Han.
        < 0xA000 => (Kind.Ideograph, 0.82, 0),
        // Hangul.
        < 0xE000 => (Kind.Ideograph, 0.73, 0),
        < 0x10000 => (Kind.Ideograph, 1.0, 0),
        // Emoji.
        _ => (Kind.Ideograph, 2.3, 0),
    };

    private static Kind[] AsciiKinds()
    {
        var kinds = new Kind[128];
        for (var c = '\0'; c < kinds.Length; c++)
        {
            kinds[c] = c switch
            {
                >= 'a' and <= 'z' => Kind.Lower,
                >= 'A' and <= 'Z' => Kind.Upper,
                >= '0' and <= '9' => Kind.Digit,
                ' ' or '\t' => Kind.Space,
                '\n' => Kind.Line,
                > ' ' => Kind.Mark,
                _ => Kind.Ignored,
            };
        }

        return kinds;
    }
}
