using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects;

/// <summary>Takes values out of a provider's JSON as spans, without copying them.</summary>
internal static class JsonSlice
{
    /// <summary>The raw value after the property name the reader stands on; the reader ends on its last token.</summary>
    public static ReadOnlySpan<byte> Value(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    /// <summary>The raw value of an object's member; empty where there is none or <paramref name="json"/> is no object.</summary>
    public static ReadOnlySpan<byte> Member(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        if (json.Length == 0 || json[0] != '{')
            return default;
        var reader = new Utf8JsonReader(json, GatewayJson.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(name))
                return Value(ref reader, json);
            reader.Read();
            reader.Skip();
        }

        return default;
    }

    public static bool IsNull(ReadOnlySpan<byte> value) => value.SequenceEqual("null"u8);

    /// <summary>The text of a raw string value; empty for anything else.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> value)
    {
        if (value.Length < 2 || value[0] != '"')
            return default;
        var reader = new Utf8JsonReader(value, GatewayJson.ReaderOptions);
        reader.Read();
        return reader.ValueIsEscaped ? new TextDecoder().Read(ref reader) : reader.ValueSpan;
    }

    /// <summary>The text of a raw string value that continues an earlier part.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> value, TextDecoder decoder)
    {
        if (value.Length < 2 || value[0] != '"')
            return default;
        var reader = new Utf8JsonReader(value, GatewayJson.ReaderOptions);
        reader.Read();
        return decoder.Read(ref reader);
    }

    /// <summary>An amount of money; null for anything else.</summary>
    public static decimal? Money(ReadOnlySpan<byte> value) =>
        value.Length > 0 && decimal.TryParse(value, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var amount) && amount >= 0 ? amount : null;

    public static long? Number(ReadOnlySpan<byte> value)
    {
        if (value.Length == 0 || value[0] is not ((>= (byte)'0' and <= (byte)'9') or (byte)'-'))
            return null;
        var reader = new Utf8JsonReader(value);
        reader.Read();
        return reader.TryGetInt64(out var number) ? number : reader.TryGetDouble(out var real) && Math.Abs(real) < long.MaxValue ? (long)real : null;
    }
}
