using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Text;

/// <summary>A value of a JSON text as it is written there, known to be valid. Good for as long as the text is.</summary>
public readonly record struct RawValue(ReadOnlyMemory<byte> Json)
{
    public bool IsAbsent => Json.Length == 0;

    public ReadOnlySpan<byte> Span => Json.Span;

    public JsonValueKind Kind => Json.Length == 0 ? JsonValueKind.Undefined : KindOf(Span[0]);

    /// <summary>For what has to be looked into closely; undefined where there is none.</summary>
    public JsonElement Parse() => IsAbsent ? default : JsonElement.Parse(Span, GatewayJson.DocumentOptions);

    /// <summary>The text of a string; that of any other value as it is written.</summary>
    public string Text() => Kind == JsonValueKind.String ? JsonText.ReadContent(Span[1..^1]) : System.Text.Encoding.UTF8.GetString(Span);

    internal static JsonValueKind KindOf(byte first) => first switch
    {
        (byte)'{' => JsonValueKind.Object,
        (byte)'[' => JsonValueKind.Array,
        (byte)'"' => JsonValueKind.String,
        (byte)'t' => JsonValueKind.True,
        (byte)'f' => JsonValueKind.False,
        (byte)'n' => JsonValueKind.Null,
        _ => JsonValueKind.Number,
    };
}
