namespace Gateway.Providers.Text;

/// <summary>
/// Counts tokens without a vocabulary, in one pass: words, camel humps, long words, numbers in threes, indentation and marks in ASCII text,
/// letters by script in any other. It depends on the text alone and not on how it was cut. The weights are fitted to the mean of OpenAI's
/// o200k and of Llama 3's vocabulary on code, documentation and translated messages; on other samples, which the tests hold, it is within
/// <see cref="PlainPercent"/> % of both of them for English, code, JSON, markup and logs, and within <see cref="ForeignPercent"/> % for
/// base64 and for the languages tried. <c>tests/fixtures/tokens</c> has the figures and what smaller vocabularies say.
/// </summary>
public partial struct TokenEstimate
{
    public const int PlainPercent = 15;
    public const int ForeignPercent = 40;

    private const int LongWord = 8;

    private static readonly Kind[] Kinds = AsciiKinds();

    /// <summary>In hundredths of a token, so that sums do not depend on their order.</summary>
    private long _ascii;
    private long _other;
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

    public readonly long Tokens => (_ascii + _other + 99) / 100;

    /// <summary>So many of them stand for something else than ASCII.</summary>
    public readonly double Foreign => _other / 100.0;

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
        while (utf8.Length > 0)
        {
            var block = utf8[..Math.Min(utf8.Length, BlockBytes)];
            if (!TryAddBlock(block))
                AddSlowly(block);
            utf8 = utf8[block.Length..];
        }
    }

    /// <summary>The inside of a JSON string, which is valid UTF-8.</summary>
    public void AddJson(ReadOnlySpan<byte> json)
    {
        Span<byte> text = stackalloc byte[1024];
        var pending = '\0';
        if (!json.Contains((byte)'\\'))
        {
            Add(json);
            return;
        }

        while (json.Length > 0)
        {
            Add(text[..JsonText.DecodeSome(json, text, ref pending, out var used)]);
            json = json[used..];
        }

        if (pending != '\0')
            AddOther(0xFFFD);
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

    private void AddSlowly(ReadOnlySpan<byte> utf8)
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
                    _ascii += 105;
                }

                if (_length++ % 3 == 0)
                    _ascii += 35;
                break;
            case Kind.Space:
                // One space belongs to the word that follows, indentation to the line break before it.
                if (_before == Kind.Space)
                    _ascii += 110;
                kind = _before is Kind.Space or Kind.Spaces or Kind.Line ? Kind.Spaces : Kind.Space;
                break;
            case Kind.Line:
                _ascii += _before == Kind.Line ? 5 : 140;
                break;
            case Kind.Mark:
                _ascii += _before != Kind.Mark ? 80 : c == _mark ? 5 : 42;
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
            _ascii += 120;
            _length = 0;
        }
        else if (kind == Kind.Upper && _before == Kind.Upper)
        {
            _ascii += 25;
        }
        else if (_length >= LongWord)
        {
            _ascii += 40;
        }

        _length++;
    }

    /// <summary>A mark before a word is often one token with it.</summary>
    private void BeginWord()
    {
        _ascii += _before == Kind.Mark ? 50 : 95;
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

    /// <summary>What a letter of a script costs, and the beginning of a word of it, in hundredths.</summary>
    private static (Kind Kind, int Letter, int Word) Script(int rune) => rune switch
    {
        < 0x370 => (Kind.Latin, 110, 0),
        < 0x400 => (Kind.Greek, 15, 140),
        < 0x590 => (Kind.Cyrillic, 10, 140),
        < 0x600 => (Kind.Hebrew, 50, 140),
        < 0x900 => (Kind.Arabic, 8, 140),
        < 0x980 => (Kind.Devanagari, 48, 10),
        >= 0xE00 and < 0xE80 => (Kind.Thai, 47, 10),
        < 0x1000 => (Kind.Indic, 90, 10),
        // Vietnamese.
        >= 0x1E00 and < 0x1F00 => (Kind.Latin, 10, 0),
        < 0x2000 => (Kind.Ideograph, 100, 0),
        // Quotation marks, dashes, arrows.
        < 0x3000 => (Kind.Ideograph, 90, 0),
        // Kana.
        < 0x4000 => (Kind.Ideograph, 65, 0),
        // Han.
        < 0xA000 => (Kind.Ideograph, 82, 0),
        // Hangul.
        < 0xE000 => (Kind.Ideograph, 73, 0),
        < 0x10000 => (Kind.Ideograph, 100, 0),
        // Emoji.
        _ => (Kind.Ideograph, 230, 0),
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
