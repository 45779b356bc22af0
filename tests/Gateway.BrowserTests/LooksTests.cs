using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.WebConsole;
using Microsoft.Playwright;

namespace Gateway.BrowserTests;

/// <summary>Every page in both themes, wide and narrow: for whoever reads by other means, and as pictures for review.</summary>
public sealed class LooksTests(ConsoleFixture console) : IClassFixture<ConsoleFixture>
{
    /// <summary>What the theme changes of a page: the rest has been looked at in the other one.</summary>
    private static readonly AxeRunOptions Colours = new() { RunOnly = new RunOnlyOptions { Type = "rule", Values = ["color-contrast"] } };

    private static IReadOnlyList<(string Name, string Path)>? _details;

    [BrowserFact]
    public async Task Every_page_is_accessible_in_both_themes_and_fits_every_width()
    {
        var details = await FillAsync();
        var failures = new List<string>();
        foreach (var theme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            var visitor = await console.OpenAsync(theme);
            await visitor.GotoAsync("/console/sign-in");
            await LookAsync(visitor, "sign-in", theme, failures);
            var page = await console.SignInAsync(theme: theme);
            foreach (var path in await AreasAsync(page))
            {
                await page.GotoAsync(path);
                await LookAsync(page, path == "/console" ? "overview" : path["/console/".Length..].Replace('/', '-'), theme, failures);
            }

            foreach (var (name, path) in details)
            {
                await page.GotoAsync(path);
                await LookAsync(page, name, theme, failures);
            }
        }

        Assert.Empty(failures);
    }

    [BrowserFact]
    public async Task No_page_is_wider_than_a_phone_or_runs_a_script_of_others()
    {
        var details = await FillAsync();
        var page = await console.SignInAsync(width: 360);
        var errors = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                errors.Add(message.Text);
        };
        foreach (var path in (await AreasAsync(page)).Concat(details.Where(d => d.Name != "not-found").Select(d => d.Path)))
        {
            foreach (var width in new[] { 360, 2560 })
            {
                await page.SetViewportSizeAsync(width, 800);
                await page.GotoAsync(path);
                Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"{path} is wider than {width} px");
            }
        }

        Assert.Empty(errors);
    }

    /// <summary>As the navigation has them, so that a new page is looked at without a word here.</summary>
    internal static async Task<IReadOnlyList<string>> AreasAsync(IPage page) =>
        await page.EvaluateAsync<string[]>("[...document.querySelectorAll('nav[aria-label=Areas] a')].map(a => a.getAttribute('href'))");

    private static async Task LookAsync(IPage page, string name, ColorScheme theme, List<string> failures)
    {
        var seen = theme == ColorScheme.Light ? await page.RunAxe() : await page.RunAxe(Colours);
        failures.AddRange(seen.Violations.SelectMany(v => v.Nodes.Select(n => $"{name} {theme}: {v.Id} {v.Help}: {n.Html}")));
        await Screenshots.TakeAsync(page, theme == ColorScheme.Dark ? name + "-dark" : name);
    }

    /// <summary>
    /// Something to look at, and the pages that no area is: a team with a budget, keys, a user, rules, a webhook whose receiver is away, requests that went
    /// well and did not, an event that cannot be counted.
    /// </summary>
    private async Task<IReadOnlyList<(string Name, string Path)>> FillAsync()
    {
        if (_details is not null)
            return _details;
        var gateway = console.Gateway;
        await console.TellOfAMonthAsync();
        var organization = await MadeAsync("organizations", new { name = "company", defaults = new { key = new { budget = new { amount = 5 } } } });
        var team = await MadeAsync("teams", new { name = "search", parent = organization, budget = new { amount = 0.05, period = "month" } });
        await MadeAsync("access-groups", new { name = "small", models = new[] { "demo/*", "native/model-4.5" } }, "name");
        var rule = await MadeAsync("rules", new
        {
            name = "each model",
            by = "model",
            budget = new { amount = 1, period = "day", enforcement = "soft" },
            limits = new { requestsPerMinute = 600 },
        });
        var webhook = await MadeAsync("webhooks", new { name = "billing system", url = "http://127.0.0.1:9/hook", batchSize = 1 });
        var user = await Scenes.SignInAsync(gateway, team, "ada", "Ada Lovelace", "engineering");
        var (id, key) = await gateway.CreateKeyAsync(new
        {
            name = "search-ci",
            teamId = team,
            models = new[] { "group:small", "translated/*", "gemini/*", "native/*" },
            limits = new { requestsPerMinute = 60, concurrentRequests = 8 },
            budget = new { amount = 0.02, period = "day" },
        });
        foreach (var model in new[] { "native/model-4.5", "translated/model", "demo/echo", "native/model-4.5", "gemini/model", "translated/fallback" })
        {
            using var answer = await gateway.SendAsync(TestGateway.Messages(model, stream: true, key: key));
            await answer.Content.ReadAsStringAsync();
        }

        foreach (var model in new[] { "native/unreachable", "native/unpriced" })
        {
            using var answer = await gateway.SendAsync(TestGateway.Messages(model, stream: false));
            await answer.Content.ReadAsStringAsync();
        }

        await gateway.UsageAsync(id, 6);
        await Scenes.GiveUpAtOnceAsync(gateway, webhook);
        await console.TellAsync("""{"no":"usage event"}""");
        var page = await console.SignInAsync();
        await page.GotoAsync("/console/live");
        await Assertions.Expect(page.Locator("tbody[data-live] tr", new() { HasText = "native/unpriced" })).ToHaveCountAsync(1);
        var request = await page.Locator("tbody[data-live] tr a").First.GetAttributeAsync("href");
        var letter = await EventuallyAsync(page, "/console/trouble", "a[href^='/console/trouble/letters/']");
        await EventuallyAsync(page, "/console/webhooks/" + webhook, "button[name=discard]");
        return _details =
        [
            ("key", "/console/keys/" + id), ("team", "/console/teams/" + team), ("organization", "/console/organizations/" + organization),
            ("user", "/console/users/" + user), ("rule", "/console/rules/" + rule), ("access-group", "/console/access-groups/small"),
            ("webhook", "/console/webhooks/" + webhook), ("request", request!), ("dead-letter", letter!), ("audit", "/console/trouble/audit"),
            ("reconciliation", "/console/trouble/reconciliation?run=1"), ("explain", "/console/models/explain"), ("try", "/console/models/try"),
            ("providers", "/console/models/providers"), ("not-found", "/console/nowhere"),
        ];
    }

    private async Task<string> MadeAsync(string kind, object body, string id = "id") =>
        (await console.Gateway.AdminAsync(HttpMethod.Post, "/admin/v1/" + kind, body)).GetProperty(id).GetString()!;

    /// <summary>Loads a page until something stands on it; where that leads to.</summary>
    private static async Task<string?> EventuallyAsync(IPage page, string path, string what)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            await page.GotoAsync(path);
            if (await page.Locator(what).CountAsync() > 0)
                return await page.Locator(what).First.GetAttributeAsync("href");
            await Task.Delay(100, limit.Token);
        }
    }
}
