using System.Globalization;
using Gateway.AdminConsole.Api;

namespace Gateway.AdminConsole.Charts;

/// <summary>A report by day and something else as stacked bars: the largest seven of them, the others together.</summary>
internal sealed record StackedDays(string Currency, IReadOnlyList<string> Series, IReadOnlyList<Bar> Bars)
{
    private const int Largest = 7;
    private const string Others = "others";

    /// <param name="report">Grouped by day and by that.</param>
    /// <param name="by">The name it is grouped by: model, team, …</param>
    /// <remarks>Sums of several currencies cannot stand on each other: the one with the most spend is shown.</remarks>
    public static StackedDays Of(UsageReport report, string by)
    {
        var currency = CurrencyOf(report);
        var lines = report.Data.Where(l => l.Currency == currency && l.Cost > 0).ToList();
        var sums = lines.GroupBy(l => l.Value(by) ?? "none").OrderByDescending(g => g.Sum(l => l.Cost ?? 0)).ToList();
        return Of(report, currency, [.. sums.Take(Shown(sums.Count)).Select(g => (g.Key, (IEnumerable<UsageLine>)g))]);
    }

    /// <param name="report">Grouped by day.</param>
    /// <param name="largest">The reports of the <see cref="LargestOf"/>, each grouped by day.</param>
    public static StackedDays Of(UsageReport report, IEnumerable<(string Name, UsageReport Days)> largest)
    {
        var currency = CurrencyOf(report);
        return Of(report, currency, [.. largest.Select(l => (l.Name, l.Days.Data.Where(line => line.Currency == currency && line.Cost > 0)))]);
    }

    /// <summary>The names of those that stand by themselves in the chart, the dearest first.</summary>
    /// <param name="report">Grouped by that.</param>
    public static IReadOnlyList<string> LargestOf(UsageReport report, string by)
    {
        var currency = CurrencyOf(report);
        var named = report.Data.Where(l => l.Currency == currency && l.Cost > 0 && l.Value(by) is not null).ToList();
        return [.. named.OrderByDescending(l => l.Cost).Take(Shown(named.Count)).Select(l => l.Value(by)!)];
    }

    private static StackedDays Of(UsageReport report, string currency, IReadOnlyList<(string Name, IEnumerable<UsageLine> Lines)> largest)
    {
        var all = SumsOf(report.Data.Where(l => l.Currency == currency && l.Cost > 0));
        var parts = largest.Select(one => SumsOf(one.Lines)).ToList();
        var days = Enumerable.Range(0, report.To.DayNumber - report.From.DayNumber + 1).Select(n => report.From.AddDays(n)).ToList();
        // One that is counted between two reports is in a part and not yet in the sum.
        var rests = days.ConvertAll(day => Math.Max(0, all.GetValueOrDefault(day) - parts.Sum(p => p.GetValueOrDefault(day))));
        var hasRest = rests.Any(rest => rest > 0) || parts.Count == 0;
        List<string> series = [.. largest.Select(one => one.Name)];
        if (hasRest)
            series.Add(parts.Count == 0 ? "Spend" : Others);
        return new(currency, series,
        [
            .. days.Select((day, i) => new Bar(
                day.ToString("MM-dd", CultureInfo.InvariantCulture),
                [.. parts.Select(p => p.GetValueOrDefault(day)), .. hasRest ? [rests[i]] : Array.Empty<decimal>()])),
        ]);
    }

    private static Dictionary<DateOnly, decimal> SumsOf(IEnumerable<UsageLine> lines) =>
        lines.Where(l => l.Day is not null).GroupBy(l => l.Day!.Value).ToDictionary(g => g.Key, g => g.Sum(l => l.Cost ?? 0));

    private static string CurrencyOf(UsageReport report) =>
        report.Totals.Money.OrderByDescending(m => m.Value).Select(m => m.Key).FirstOrDefault() ?? "USD";

    /// <summary>One more than the largest is not worth a line for the others.</summary>
    private static int Shown(int count) => count <= Largest + 1 ? count : Largest;
}
