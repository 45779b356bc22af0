using System.Buffers;
using System.Text.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>
/// A text of the request: where it stands in the body, so that its bytes can go into the provider's request as they are and it becomes a
/// string only where somebody has to look into it; or one that the gateway has made.
/// </summary>
public readonly record struct RequestText
{
    /// <summary>More white space than that is not looked for.</summary>
    private const int MaxBlank = 256;

    private readonly RawValue _json;
    private readonly string? _made;

    internal RequestText(RawValue json) => _json = json;

    private RequestText(string made) => _made = made;

    public bool IsEmpty => _made is null ? Raw.Length == 0 : _made.Length == 0;

    /// <summary>Nothing but white space.</summary>
    public bool IsBlank => IsEmpty || ((_made?.Length ?? Raw.Length) <= MaxBlank && !BeginsVisibly && string.IsNullOrWhiteSpace(ToString()));

    /// <summary>As most do, which are not made strings to be sure of that.</summary>
    private bool BeginsVisibly => _made is null && Raw[0] is > (byte)' ' and < 0x7F and not (byte)'\\';

    private ReadOnlySpan<byte> Raw => _json.IsAbsent ? default : _json.Span[1..^1];

    public static implicit operator RequestText(string made) => new(made);

    public override string ToString() => _made ?? JsonText.ReadContent(Raw);

    internal bool StartsWith(string ascii)
    {
        if (_made is not null)
            return _made.StartsWith(ascii, StringComparison.Ordinal);
        var raw = Raw;
        var start = raw[..Math.Min(raw.Length, ascii.Length)];
        return start.Contains((byte)'\\') ? ToString().StartsWith(ascii, StringComparison.Ordinal) : System.Text.Ascii.Equals(start, ascii);
    }

    internal void CountInto(ref TokenEstimate estimate)
    {
        if (_made is null)
            estimate.AddJson(Raw);
        else
            estimate.Add(_made);
    }

    /// <summary>As a string value, its half characters replaced (rule E161).</summary>
    internal void WriteTo(Utf8JsonWriter json)
    {
        if (_made is not null)
        {
            json.WriteStringValue(_made);
            return;
        }

        var raw = Raw;
        if (JsonText.IsAsWritten(raw))
        {
            json.WriteRawValue(_json.IsAbsent ? "\"\""u8 : _json.Span, skipInputValidation: true);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(JsonText.MaxDecodedBytes(raw));
        json.WriteStringValue(buffer.AsSpan(0, JsonText.Decode(raw, buffer)));
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
