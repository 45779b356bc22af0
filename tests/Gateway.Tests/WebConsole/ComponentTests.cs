using System.Globalization;
using Bunit;
using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Charts;
using Gateway.AdminConsole.Live;
using Gateway.AdminConsole.Pages.Accounts;
using Gateway.AdminConsole.Pages.Live;
using Gateway.AdminConsole.Pages.Overview;
using Gateway.AdminConsole.Shared;
using Gateway.Contracts.Accounts;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.WebConsole;

/// <summary>The pieces that pages are made of.</summary>
public sealed class ComponentTests : BunitContext
{
    [Fact]
    public void A_chart_has_the_same_numbers_as_a_table()
    {
        var chart = Render<BarChart>(p => p.Add(c => c.Title, "Spend").Add(c => c.By, "Day").Add(c => c.Series, ["a", "b"])
            .Add(c => c.Bars, [new Bar("11-28", [1m, 3m]), new Bar("11-29", [0m, 2m])]));
        Assert.Equal(["11-28", "1", "3", "11-29", "0", "2"], chart.FindAll("tbody th, tbody td").Select(c => c.TextContent));
        Assert.Equal(["Day", "a", "b"], chart.FindAll("thead th").Select(c => c.TextContent));
        // Nothing is drawn for nothing.
        Assert.Equal(3, chart.FindAll("g.bar-group rect").Count);
        var (first, second) = (chart.FindAll("g.bar-group rect")[0], chart.FindAll("g.bar-group rect")[1]);
        Assert.Equal(Number(first, "y"), Number(second, "y") + Number(second, "height"), 2);
        Assert.Equal(3, Number(second, "height") / Number(first, "height"), 1);

        static double Number(AngleSharp.Dom.IElement element, string name) =>
            double.Parse(element.GetAttribute(name)!, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_chart_of_nothing_has_a_scale_and_no_bar()
    {
        var empty = Render<BarChart>(p => p.Add(c => c.Title, "Spend").Add(c => c.By, "Day").Add(c => c.Series, ["Spend"])
            .Add(c => c.Bars, [new Bar("11-28", [0m])]));
        Assert.Empty(empty.FindAll("g.bar-group rect"));
        Assert.Equal(["0", "0.5", "1"], empty.FindAll("svg > g:not(.bar-group) > text[text-anchor=end]").Select(t => t.TextContent));
        Assert.Equal(["11-28", "0"], empty.FindAll("tbody th, tbody td").Select(c => c.TextContent));
        // One series is named by the title.
        Assert.Empty(empty.FindAll(".legend"));
    }

    [Theory]
    [InlineData(0.0009, "0.001")]
    [InlineData(3, "5")]
    [InlineData(1001, "2,000")]
    public void The_scale_of_a_chart_ends_at_a_round_number_above_its_highest_bar(double highest, string top)
    {
        var chart = Render<BarChart>(p => p.Add(c => c.Title, "Spend").Add(c => c.By, "Day").Add(c => c.Series, ["a"])
            .Add(c => c.Bars, [new Bar("11-28", [(decimal)highest])]).Add(c => c.Format, v => v.ToString("#,0.####", CultureInfo.InvariantCulture)));
        Assert.Equal(top, chart.FindAll("text[text-anchor=end]")[^1].TextContent);
    }

    [Fact]
    public void A_chart_of_many_days_writes_under_a_dozen_of_them_and_has_all_in_its_table()
    {
        var bars = Enumerable.Range(1, 90).Select(day => new Bar($"day {day}", [day])).ToList();
        var chart = Render<BarChart>(p => p.Add(c => c.Title, "Spend").Add(c => c.By, "Day").Add(c => c.Series, ["a"]).Add(c => c.Bars, bars));
        Assert.InRange(chart.FindAll("text[text-anchor=middle]").Count, 6, 12);
        Assert.Equal(90, chart.FindAll("tbody tr").Count);
        Assert.Equal("day 90: 90", chart.FindAll("g.bar-group title")[^1].TextContent);
    }

    [Fact]
    public void More_series_than_colours_begin_them_anew_and_names_are_text()
    {
        var names = Enumerable.Range(1, 9).Select(i => i == 9 ? ConsoleGateway.Markup : $"model {i}").ToList();
        var chart = Render<BarChart>(p => p.Add(c => c.Title, "Spend").Add(c => c.By, "Day").Add(c => c.Series, names)
            .Add(c => c.Bars, [new Bar(ConsoleGateway.Markup, [.. names.Select(_ => 1m)])]));
        var colours = chart.FindAll("g.bar-group rect").Select(r => r.ClassName).ToList();
        Assert.Equal((9, 8, colours[0]), (colours.Count, colours.Distinct().Count(), colours[8]));
        Assert.Equal(colours, chart.FindAll(".legend rect").Select(r => r.ClassName));
        Assert.Empty(chart.FindAll("img, b"));
    }

    [Theory]
    [InlineData(10, 79, "good")]
    [InlineData(10, 80, "warn")]
    [InlineData(10, 95, "bad")]
    [InlineData(10, 250, "bad")]
    public void A_budget_shows_how_near_its_end_is(int amount, int percent, string level)
    {
        var bar = Render<BudgetBar>(p => p.Add(c => c.Status, new BudgetStatus
        {
            Amount = amount,
            Currency = "EUR",
            Period = BudgetPeriod.Month,
            Enforcement = BudgetEnforcement.Soft,
            Spent = amount * percent / 100m,
            Held = 0,
            Left = 0,
        }));
        Assert.Contains(level, bar.Find("svg").ClassList);
        Assert.Contains("of 10.00 EUR this month", bar.Markup);
        Assert.Equal(Math.Min(100, percent), double.Parse(bar.Find(".fill").GetAttribute("width")!, CultureInfo.InvariantCulture));
        Assert.Equal($"{percent} % spent", bar.Find("svg").GetAttribute("aria-label"));
        Assert.DoesNotContain("held", bar.Markup);
    }

    [Fact]
    public void A_budget_tells_what_running_requests_hold_of_it()
    {
        var status = new BudgetStatus
        {
            Amount = 10,
            Currency = "USD",
            Period = BudgetPeriod.Total,
            Enforcement = BudgetEnforcement.Strict,
            Spent = 1,
            Held = 0.25m,
            Left = 8.75m,
        };
        var bar = Render<BudgetBar>(p => p.Add(c => c.Status, status));
        Assert.Contains("of 10.00 USD in total", bar.Markup);
        Assert.Contains("0.25 USD held", bar.Find(".note").TextContent);
    }

    [Fact]
    public void A_row_shows_names_as_text_and_a_missing_price_in_red()
    {
        const string Markup = ConsoleGateway.Markup;
        var e = Events.Of("a", Markup) with { User = Markup, ErrorType = Markup, Dropped = [Markup] };
        var row = Render<LiveRow>(p => p.Add(r => r.Request, new LiveRequest(1, e, 100)));
        Assert.Empty(row.FindAll("img, b"));
        Assert.Equal(4, row.Markup.Split("&lt;img src=x").Length - 1);
        Assert.Equal("no price", row.Find(".badge.bad").TextContent);
    }

    [Fact]
    public void A_problem_names_every_field_that_is_wrong()
    {
        var errors = new Dictionary<string, string[]> { ["name"] = ["Too long."], ["budget.amount"] = ["Above 0.", ConsoleGateway.Markup] };
        var box = Render<ProblemBox>(p => p.Add(b => b.Problem, new ApiException(400, "The settings have mistakes", null, errors)));
        Assert.Equal(["name Too long.", $"budget.amount Above 0. {ConsoleGateway.Markup}"], box.FindAll("li").Select(l => l.TextContent));
        Assert.Equal("alert", box.Find("div").GetAttribute("role"));
        Assert.Equal("", Render<ProblemBox>().Markup.Trim());
    }

    [Fact]
    public void A_form_that_is_shown_again_has_what_was_typed_whatever_it_was()
    {
        var sent = new Dictionary<string, StringValues>
        {
            ["name"] = ConsoleGateway.Markup,
            ["models"] = "anthropic/*\n</textarea><b>",
            ["amount"] = "ten",
            ["period"] = "week",
            ["enforcement"] = "soft",
            ["requestsPerMinute"] = "-1",
            ["nativeOnly"] = "on",
        };
        var form = AccountForm.Of(sent);
        var fields = Render<AccountFields>(p => p.Add(f => f.Form, form).Add(f => f.IsKey, true));
        Assert.Empty(fields.FindAll("img, b"));
        Assert.Equal(ConsoleGateway.Markup, fields.Find("[name=name]").GetAttribute("value"));
        Assert.Equal(sent["models"], fields.Find("[name=models]").TextContent);
        Assert.Equal(("ten", "-1"), (fields.Find("[name=amount]").GetAttribute("value"), fields.Find("[name=requestsPerMinute]").GetAttribute("value")));
        Assert.Equal(["week", "soft"], fields.FindAll("option[selected]").Select(o => o.GetAttribute("value")));
        Assert.True(fields.Find("[name=nativeOnly]").HasAttribute("checked"));
        // The admin API says what is wrong with it, and so gets it as it is.
        Assert.Equal("ten", form.ToKeyPatch()["budget"]!["amount"]!.GetValue<string>());
        Assert.Equal(-1, form.ToKeyPatch()["limits"]!["requestsPerMinute"]!.GetValue<decimal>());
    }

    [Fact]
    public void Groups_have_no_fields_of_keys()
    {
        var fields = Render<AccountFields>(p => p.Add(f => f.Form, AccountForm.Of([])));
        Assert.Empty(fields.FindAll("[name=nativeOnly]"));
        Assert.Equal("USD", fields.Find("[name=currency]").GetAttribute("value"));
        Assert.All(fields.FindAll("input, select"), field => Assert.NotNull(field.Closest("label")));
    }

    [Fact]
    public void A_time_is_in_UTC_for_whoever_has_no_script_and_says_so()
    {
        var time = Render<Moment>(p => p.Add(m => m.At, new DateTimeOffset(2026, 11, 30, 1, 30, 5, TimeSpan.FromHours(2)))).Find("time");
        Assert.Equal(
            ("2026-11-29T23:30:05Z", "2026-11-29 23:30:05 UTC", "2026-11-29 23:30:05"),
            (time.GetAttribute("datetime"), time.GetAttribute("title"), time.TextContent));
        Assert.Equal("–", Render<Moment>().Find(".none").TextContent);
    }

    [Fact]
    public void Where_nothing_is_yet_it_says_what_to_do_next()
    {
        var empty = Render<EmptyState>(p => p.Add(e => e.Title, "No key yet.").AddChildContent("<p><a href=\"/console/connect\">Connect</a></p>"));
        Assert.Equal("No key yet.", empty.Find("strong").TextContent);
        Assert.Equal("/console/connect", empty.Find(".empty a").GetAttribute("href"));
    }

    [Fact]
    public void A_figure_is_red_only_where_it_is_bad()
    {
        Assert.DoesNotContain("bad", Render<Tile>(p => p.Add(t => t.Title, "Errors").Add(t => t.Value, "0 %")).Find(".tile").ClassList);
        Assert.Contains("bad", Render<Tile>(p => p.Add(t => t.Title, "Errors").Add(t => t.Value, "3 %").Add(t => t.IsBad, true)).Find(".tile").ClassList);
    }

    [Fact]
    public void A_list_is_paged_by_its_cursor()
    {
        var pager = Render<Pager>(p => p.Add(c => c.Path, "/console/keys?team=a").Add(c => c.Next, "key_1&2"));
        Assert.Equal("/console/keys?team=a&after=key_1%262", pager.Find("a[rel=next]").GetAttribute("href"));
        var last = Render<Pager>(p => p.Add(c => c.Path, "/console/keys").Add(c => c.After, "key_9"));
        Assert.Equal("/console/keys", Assert.Single(last.FindAll("a")).GetAttribute("href"));
        Assert.Empty(Render<Pager>(p => p.Add(c => c.Path, "/console/keys")).FindAll("a"));
    }

    [Theory]
    [InlineData("0", "0.00 USD")]
    [InlineData("1234.5", "1,234.50 USD")]
    [InlineData("0.0045", "0.0045 USD")]
    [InlineData("0.000001234", "0.00000123 USD")]
    [InlineData("0.0000000001", "<0.000001 USD")]
    [InlineData("-3", "-3.00 USD")]
    public void Money_has_its_currency_and_as_many_digits_as_say_something(string amount, string shown) =>
        Assert.Equal(shown, Show.Money(decimal.Parse(amount, CultureInfo.InvariantCulture), "USD"));

    [Fact]
    public void Several_currencies_are_not_added_up() =>
        Assert.Equal("1.00 EUR + 2.00 USD", Show.Money(new Dictionary<string, decimal> { ["USD"] = 2, ["EUR"] = 1 }));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0.4, "0.4 ms")]
    [InlineData(812.4, "812 ms")]
    [InlineData(12345.0, "12.3 s")]
    public void Times_are_short(double? milliseconds, string shown) => Assert.Equal(shown, Show.Duration(milliseconds));
}
