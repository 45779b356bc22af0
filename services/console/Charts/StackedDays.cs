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
        var currency = report.Totals.Money.OrderByDescending(m => m.Value).Select(m => m.Key).FirstOrDefault() ?? "USD";
        var lines = report.Data.Where(l => l.Currency == currency && l.Cost > 0).ToList();
        var sums = lines.GroupBy(l => l.Value(by) ?? "none").OrderByDescending(g => g.Sum(l => l.Cost ?? 0)).Select(g => g.Key).ToList();
        var series = sums.Count <= Largest + 1 ? sums : [.. sums.Take(Largest), Others];
        // One of them may itself be called as the others together are.
        var place = (sums.Count <= Largest + 1 ? sums : sums.Take(Largest)).Select((name, i) => (name, i))
            .ToDictionary(s => s.name, s => s.i, StringComparer.Ordinal);
        var days = lines.ToLookup(l => l.Day);
        return new(currency, series.Count == 0 ? ["Spend"] : series,
        [
            .. Enumerable.Range(0, report.To.DayNumber - report.From.DayNumber + 1).Select(n => report.From.AddDays(n)).Select(day =>
            {
                var parts = new decimal[Math.Max(1, series.Count)];
                foreach (var line in days[day])
                    parts[place.TryGetValue(line.Value(by) ?? "none", out var at) ? at : parts.Length - 1] += line.Cost ?? 0;
                return new Bar(day.ToString("MM-dd", CultureInfo.InvariantCulture), parts);
            }),
        ]);
    }
}
