using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;

namespace Dapr.Actors.Wire;

/// <summary>Dapr's spellings of a time span: <c>4h15m50s60ms</c>, <c>@every 5s</c>, <c>R3/PT30S</c>.</summary>
internal static partial class DaprDuration
{
    /// <summary>A negative span, which means "never" or "once", is written as nothing.</summary>
    public static string Format(TimeSpan span) => span < TimeSpan.Zero
        ? string.Empty
        : string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours}h{span.Minutes}m{span.Seconds}s{span.Milliseconds}ms");

    /// <exception cref="ArgumentException">The ISO 8601 form of repetitions has no place for milliseconds.</exception>
    public static string FormatRepeated(TimeSpan period, int repetitions)
    {
        if (period.Milliseconds != 0) throw new ArgumentException("The period of a reminder with repetitions can't have milliseconds.", nameof(period));
        return string.Create(CultureInfo.InvariantCulture, $"R{repetitions}/{XmlConvert.ToString(period)}");
    }

    /// <exception cref="ArgumentOutOfRangeException">A part of the four-part form is missing.</exception>
    public static TimeSpan Parse(string? text) => text switch
    {
        null or "" => Timeout.InfiniteTimeSpan,
        "@hourly" => TimeSpan.FromHours(1),
        "@daily" or "@midnight" => TimeSpan.FromDays(1),
        "@weekly" => TimeSpan.FromDays(7),
        "@monthly" => TimeSpan.FromDays(30),
        "@yearly" or "@annually" => TimeSpan.FromDays(365),
        _ when text.StartsWith("@every ", StringComparison.Ordinal) => Sum(text["@every ".Length..]),
        _ => FourParts(text),
    };

    public static (TimeSpan Period, int? Repetitions) ParsePeriod(string? text)
    {
        var match = Repeated().Match(text ?? string.Empty);
        if (match.Success) return (XmlConvert.ToTimeSpan(match.Groups["span"].Value), int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture));
        return text is ['P', ..] ? (XmlConvert.ToTimeSpan(text), null) : (Parse(text), null);
    }

    private static TimeSpan FourParts(string text)
    {
        var match = HoursToMilliseconds().Match(text);
        if (!match.Success) throw new ArgumentOutOfRangeException(nameof(text), text, "The value must have hours, minutes, seconds and milliseconds.");
        int Part(int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
        return new TimeSpan(0, Part(1), Part(2), Part(3), Part(4));
    }

    private static TimeSpan Sum(string text)
    {
        var total = TimeSpan.Zero;
        foreach (Match part in Unit().Matches(text))
        {
            var number = double.Parse(part.Groups["number"].Value, CultureInfo.InvariantCulture);
            total += part.Groups["unit"].Value switch
            {
                "h" => TimeSpan.FromHours(number),
                "m" => TimeSpan.FromMinutes(number),
                "s" => TimeSpan.FromSeconds(number),
                _ => TimeSpan.FromMilliseconds(number),
            };
        }

        return total;
    }

    [GeneratedRegex(@"^R(?<count>\d+)/(?<span>P.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Repeated();

    [GeneratedRegex(@"^(\d+)h(\d+)m(\d+)s(\d+)ms$", RegexOptions.CultureInvariant)]
    private static partial Regex HoursToMilliseconds();

    [GeneratedRegex(@"(?<number>[\d.]+)(?<unit>ms|h|m|s)", RegexOptions.CultureInvariant)]
    private static partial Regex Unit();
}
