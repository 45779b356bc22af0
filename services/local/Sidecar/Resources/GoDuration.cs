using System.Buffers;
using System.Globalization;
using System.Text;
using System.Xml;

namespace Gateway.Local.Sidecar.Resources;

/// <summary>
/// Durations as Dapr reads them: Go's ("1m30s", and the .NET SDK's "0h0m1s0ms"), ISO 8601 ("PT1S"), and for periods "R3/PT1S" and "@every
/// 2s".
/// </summary>
internal static class GoDuration
{
    private static readonly SearchValues<char> NumberChars = SearchValues.Create("0123456789.");

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text is ['P', ..])
            return TryParseIso(text, out value);
        if (text is "0")
            return true;
        if (text.IsEmpty)
            return false;
        var ticks = 0.0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(NumberChars);
            if (digits <= 0 || !double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;
            text = text[digits..];
            var unit = text.IndexOfAny(NumberChars);
            unit = unit < 0 ? text.Length : unit;
            var scale = Scale(text[..unit]);
            if (scale == 0)
                return false;
            ticks += number * scale;
            text = text[unit..];
        }

        if (ticks > TimeSpan.MaxValue.Ticks / 2)
            return false;
        value = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>A reminder's or timer's period. <paramref name="repeats"/> is null when it goes on without end.</summary>
    public static bool TryParsePeriod(string text, out TimeSpan period, out int? repeats)
    {
        repeats = null;
        ReadOnlySpan<char> rest = text;
        if (rest is ['R', ..])
        {
            var slash = rest.IndexOf('/');
            var count = slash < 0 ? rest[1..] : rest[1..slash];
            period = TimeSpan.Zero;
            if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var times) || times < 1)
                return false;
            repeats = times;
            if (slash < 0)
                return true;
            rest = rest[(slash + 1)..];
        }
        else if (rest.StartsWith("@every "))
        {
            rest = rest["@every ".Length..];
        }

        return TryParse(rest, out period);
    }

    /// <summary>As Go prints a duration: "1h0m0s", "1m30s", "2s", "1.5s", "500ms".</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
            return "0s";
        if (value < TimeSpan.FromSeconds(1))
            return value.TotalMilliseconds.ToString("0.####", CultureInfo.InvariantCulture) + "ms";
        var text = new StringBuilder();
        var hours = (long)value.TotalHours;
        if (hours > 0)
            text.Append(hours).Append('h');
        if (hours > 0 || value.Minutes > 0)
            text.Append(value.Minutes).Append('m');
        var seconds = value.Seconds + (value.Ticks % TimeSpan.TicksPerSecond / (double)TimeSpan.TicksPerSecond);
        return text.Append(seconds.ToString("0.#######", CultureInfo.InvariantCulture)).Append('s').ToString();
    }

    private static bool TryParseIso(ReadOnlySpan<char> text, out TimeSpan value)
    {
        try
        {
            value = XmlConvert.ToTimeSpan(text.ToString());
            return true;
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            value = TimeSpan.Zero;
            return false;
        }
    }

    private static double Scale(ReadOnlySpan<char> unit) => unit switch
    {
        "h" => TimeSpan.TicksPerHour,
        "m" => TimeSpan.TicksPerMinute,
        "s" => TimeSpan.TicksPerSecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "us" or "µs" => TimeSpan.TicksPerMicrosecond,
        "ns" => TimeSpan.TicksPerMicrosecond / 1000.0,
        _ => 0,
    };
}
