using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Contracts.ManagedSettings;

/// <summary>
/// The checksum that Claude Code computes of the settings it holds and sends in <c>If-None-Match</c>: <c>sha256:</c> and the SHA-256 of their JSON as
/// JavaScript writes it, members sorted at every level, without whitespace (<c>GET /protocol</c> of Anthropic's gateway).
/// </summary>
public static class SettingsChecksum
{
    public static string Of(JsonObject settings) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalTextOf(settings))));

    public static string CanonicalTextOf(JsonObject settings)
    {
        var text = new StringBuilder();
        Write(text, settings);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                text.Append('{');
                foreach (var (name, value) in members.OrderBy(m => m.Key, Names))
                {
                    text.Append(text[^1] == '{' ? "" : ",");
                    WriteText(text, name);
                    text.Append(':');
                    Write(text, value);
                }

                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Write(text, items[i]);
                }

                text.Append(']');
                break;
            default:
                WriteValue(text, node);
                break;
        }
    }

    private static void WriteValue(StringBuilder text, JsonNode value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                WriteText(text, value.GetValue<string>());
                break;
            case JsonValueKind.Number:
                text.Append(NumberText(double.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture)));
                break;
            default:
                text.Append(value.ToJsonString());
                break;
        }
    }

    /// <summary>JavaScript escapes what JSON demands, and halves of characters, which no text here can hold.</summary>
    private static void WriteText(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    /// <summary>By Number::toString of ECMAScript: plain from 1e-6 to 1e21, with an exponent outside.</summary>
    private static string NumberText(double number)
    {
        if (!double.IsFinite(number))
            return "null";
        if (number == 0)
            return "0";
        // The shortest digits that read back as the same number, which both languages write; only where the point goes differs.
        var shortest = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var whole = shortest[0].Split('.')[0];
        var all = shortest[0].Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        var exponent = whole.Length - 1 - (all.Length - digits.Length);
        if (shortest is [_, var power])
            exponent += int.Parse(power, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        digits = digits.TrimEnd('0');
        var sign = number < 0 ? "-" : "";
        return sign + exponent switch
        {
            >= 21 or < -6 => $"{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}",
            < 0 => "0." + new string('0', -exponent - 1) + digits,
            _ when digits.Length <= exponent + 1 => digits.PadRight(exponent + 1, '0'),
            _ => digits[..(exponent + 1)] + "." + digits[(exponent + 1)..],
        };
    }

    /// <summary>
    /// The order in which JavaScript has the members of an object that was put together from sorted names: what looks like an index first, by its number.
    /// </summary>
    private static Comparer<string> Names { get; } = Comparer<string>.Create((a, b) => (IndexOf(a), IndexOf(b)) switch
    {
        ({ } first, { } second) => first.CompareTo(second),
        ({ }, null) => -1,
        (null, { }) => 1,
        _ => string.CompareOrdinal(a, b),
    });

    private static uint? IndexOf(string name) =>
        uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < uint.MaxValue
        && (name.Length == 1 || name[0] != '0')
            ? index
            : null;
}
