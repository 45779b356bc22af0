using System.Globalization;
using Gateway.AdminConsole.Web;

namespace Gateway.AdminConsole.Pages.Spend;

/// <summary>What the admin API is asked for.</summary>
internal static class SpendQuery
{
    public static IReadOnlyList<string> Groupings { get; } = ["model", "provider", "key", "team", "organization", "user"];

    /// <summary>One that is known, or a tag.</summary>
    public static string Grouping(string? by, string? tag) =>
        by == "tag" && tag is { Length: > 0 } ? "tag:" + tag.Trim()
        : by is not null && (Groupings.Contains(by) || by.StartsWith("tag:", StringComparison.Ordinal)) ? by
        : Groupings[0];

    public static string Of(SpendPeriod period, string groupBy, string? format = null) => Addresses.Of(
        "", ("from", Day(period.From)), ("to", Day(period.To)), ("groupBy", groupBy), ("format", format));

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
