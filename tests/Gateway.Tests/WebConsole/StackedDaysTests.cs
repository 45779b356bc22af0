using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Charts;

namespace Gateway.Tests.WebConsole;

public sealed class StackedDaysTests
{
    private static readonly DateOnly Day = new(2026, 11, 29);

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(20)]
    public void Bars_sum_up_to_the_report_whatever_its_lines_are_called(int models)
    {
        // The dearest one is called as those are together that have no bar of their own.
        var lines = Enumerable.Range(1, models)
            .Select(i => new UsageLine { Day = Day, Model = i == models ? "others" : $"m{i}", Cost = i, Currency = "USD", Requests = 1 }).ToList();
        var totals = new UsageLine { Cost = lines.Sum(l => l.Cost), Currency = "USD" };
        var days = StackedDays.Of(new UsageReport { From = Day.AddDays(-1), To = Day, Data = lines, Totals = totals }, "model");
        Assert.Equal(("USD", Math.Min(models, 8)), (days.Currency, days.Series.Count));
        Assert.Equal([0m, totals.Cost!.Value], days.Bars.Select(bar => bar.Sum));
        Assert.Equal((decimal)models, days.Bars[1].Parts[0]);
    }

    [Fact]
    public void Sums_of_another_currency_stand_on_no_bar_and_what_has_no_name_is_none()
    {
        UsageLine[] lines =
        [
            new() { Day = Day, Model = "a", Cost = 5, Currency = "EUR" }, new() { Day = Day, Cost = 2, Currency = "EUR" },
            new() { Day = Day, Model = "a", Cost = 3, Currency = "USD" }, new() { Day = Day.AddDays(-2), Model = "a", Cost = 1, Currency = "EUR" },
        ];
        var totals = new UsageLine { Costs = new Dictionary<string, decimal> { ["USD"] = 3, ["EUR"] = 8 } };
        var days = StackedDays.Of(new UsageReport { From = Day.AddDays(-2), To = Day, Data = lines, Totals = totals }, "model");
        Assert.Equal("EUR", days.Currency);
        Assert.Equal(["a", "none"], days.Series);
        Assert.Equal(["11-27", "11-28", "11-29"], days.Bars.Select(bar => bar.Label));
        Assert.Equal([[1m, 0m], [0m, 0m], [5m, 2m]], days.Bars.Select(bar => bar.Parts));
    }

    /// <summary>Ten thousand keys: their sums, the days of all together, and those of the largest.</summary>
    [Fact]
    public void The_days_of_the_largest_and_of_all_make_the_same_chart_as_a_line_for_each_day_and_key()
    {
        var next = Day.AddDays(1);
        var lines = Enumerable.Range(1, 30).SelectMany(i => new UsageLine[]
        {
            new() { Day = Day, KeyId = $"key_{i}", Cost = i, Currency = "USD" },
            new() { Day = next, KeyId = $"key_{i}", Cost = 100 - i, Currency = "USD" },
            new() { Day = Day, KeyId = $"key_{i}", Cost = 1, Currency = "EUR" },
        }).Append(new() { Day = Day, Cost = 5000, Currency = "USD" }).ToList();
        var totals = new UsageLine { Costs = new Dictionary<string, decimal> { ["USD"] = 8000, ["EUR"] = 30 } };
        UsageReport ReportOf(Func<UsageLine, UsageLine> group) => new()
        {
            From = Day,
            To = next,
            Totals = totals,
            Data = [.. lines.GroupBy(l => (group(l), l.Currency)).Select(g => g.Key.Item1 with { Cost = g.Sum(l => l.Cost), Currency = g.Key.Currency })],
        };

        var largest = StackedDays.LargestOf(ReportOf(l => new() { KeyId = l.KeyId }), "key");
        Assert.Equal(7, largest.Count);
        var days = StackedDays.Of(
            ReportOf(l => new() { Day = l.Day }),
            largest.Select(key => (key, new UsageReport { From = Day, To = next, Totals = totals, Data = [.. lines.Where(l => l.KeyId == key)] })));
        Assert.Equal([.. largest, "others"], days.Series);
        Assert.Equal(lines.Where(l => l.Currency == "USD").GroupBy(l => l.Day).Select(g => g.Sum(l => l.Cost!.Value)), days.Bars.Select(bar => bar.Sum));
        var first = int.Parse(largest[0][4..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal([first, 100m - first], days.Bars.Select(bar => bar.Parts[0]));
    }

    [Fact]
    public void Days_on_which_nothing_was_spent_are_a_chart_as_well()
    {
        var days = StackedDays.Of(new UsageReport { From = Day, To = Day, Totals = new UsageLine() }, "model");
        Assert.Equal(("USD", "Spend", 0m), (days.Currency, Assert.Single(days.Series), Assert.Single(days.Bars).Sum));
    }
}
