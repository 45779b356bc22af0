using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.WebConsole;

/// <summary>Rules and access groups in a browser, and what teams name of them.</summary>
public sealed class RulePageTests(ConsoleGateway shared) : IClassFixture<ConsoleGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task A_rule_is_made_shows_what_each_value_has_used_is_changed_and_deleted()
    {
        var (scope, key) = await _gateway.CreateKeyAsync(new { name = "ruled" });
        using var browser = await shared.SignInAsync();
        var wrong = await browser.SubmitAsync(await browser.GetAsync("/console/rules"), new() { ["by"] = "colour", ["amount"] = "much" }, "value=\"make\"");
        Assert.Equal(400, wrong.Status);
        Assert.Contains("colour", wrong.Html);
        var made = await browser.SubmitAsync(await browser.GetAsync("/console/rules?scope=" + scope), new()
        {
            ["name"] = ConsoleGateway.Markup,
            ["by"] = "model",
            ["scope"] = scope,
            ["amount"] = "3",
            ["period"] = "month",
            ["enforcement"] = "soft",
            ["requestsPerMinute"] = "40",
        }, "value=\"make\"");
        Assert.StartsWith("/console/rules/rule", made.Location);
        var page = await browser.GetAsync(made.Location!);
        Assert.Contains("No value has been counted yet", page.Text);
        Assert.DoesNotContain("<img src=x", page.Html);
        Assert.DoesNotContain("<img src=x", (await browser.GetAsync("/console/rules")).Html);
        Assert.DoesNotContain("<img src=x", (await browser.GetAsync("/console/keys/" + scope)).Html);
        Assert.Contains("each model", (await browser.GetAsync("/console/keys/" + scope)).Text);

        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        do
        {
            await Task.Delay(200, limit.Token);
            using var answer = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream: false, key: key));
            Assert.Equal(200, (int)answer.StatusCode);
            page = await browser.GetAsync(made.Location!);
        }
        while (!page.Text.Contains("USD of 3.00 USD this month", StringComparison.Ordinal));
        Assert.Contains("native/model-4.5", page.Text);
        Assert.Contains("of 40 requests a minute", page.Text);

        var changed = await browser.SubmitAsync(page, new() { ["name"] = "dear models", ["concurrentRequests"] = "5" }, "value=\"change\"");
        Assert.Equal((302, made.Location), (changed.Status, changed.Location));
        var rule = await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/rules/" + Uri.UnescapeDataString(made.Location!["/console/rules/".Length..]));
        Assert.Equal("{\"concurrentRequests\":5}", rule.GetProperty("limits").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.False(rule.TryGetProperty("budget", out _));
        var deleted = await browser.SubmitAsync(page, new() { ["sure"] = "on" }, "value=\"delete\"");
        Assert.Equal("/console/rules", deleted.Location);
        Assert.Equal(404, (await browser.GetAsync(made.Location!)).Status);
    }

    [Fact]
    public async Task An_access_group_is_made_named_by_a_team_changed_and_deleted()
    {
        using var browser = await shared.SignInAsync();
        var list = await browser.GetAsync("/console/access-groups");
        var wrong = await browser.SubmitAsync(list, new() { ["name"] = ConsoleGateway.Markup, ["models"] = "no-such-model" }, "value=\"make\"");
        Assert.Equal(400, wrong.Status);
        Assert.DoesNotContain("<img src=x", wrong.Html);
        var made = await browser.SubmitAsync(list, new() { ["name"] = "dear", ["models"] = "native/model-4.5\r\ntranslated/*" }, "value=\"make\"");
        Assert.Equal("/console/access-groups/dear", made.Location);
        var group = await browser.GetAsync(made.Location!);
        Assert.Contains("/console/rules?by=group%3Adear", group.Html);

        var team = await browser.SubmitAsync(await browser.GetAsync("/console/teams"), new()
        {
            ["name"] = "with a group",
            ["models"] = "group:dear",
            ["key.amount"] = "4",
            ["key.period"] = "week",
            ["key.enforcement"] = "soft",
            ["key.models"] = "translated/*",
            ["user.requestsPerMinute"] = "9",
        });
        var page = await browser.GetAsync(team.Location!);
        Assert.Contains("href=\"/console/access-groups/dear\"", page.Html);
        Assert.Contains("4.00 USD / week", page.Text);
        Assert.Contains("9 requests a minute", page.Text);
        var path = "/admin/v1/teams/" + Uri.UnescapeDataString(team.Location!["/console/teams/".Length..]);
        var defaults = (await _gateway.AdminAsync(HttpMethod.Get, path)).GetProperty("defaults");
        Assert.Equal("translated/*", defaults.GetProperty("key").GetProperty("models")[0].GetString());
        Assert.Equal(9, defaults.GetProperty("user").GetProperty("limits").GetProperty("requestsPerMinute").GetInt64());
        await browser.SubmitAsync(page, new() { ["name"] = "with a group", ["models"] = "group:dear" }, "value=\"change\"");
        var after = await _gateway.AdminAsync(HttpMethod.Get, path);
        Assert.False(after.TryGetProperty("defaults", out _));
        Assert.Equal("group:dear", after.GetProperty("models")[0].GetString());

        var changed = await browser.SubmitAsync(group, new() { ["models"] = "demo/*" }, "value=\"change\"");
        Assert.Equal(made.Location, changed.Location);
        Assert.Contains("demo/*", (await browser.GetAsync("/console/access-groups")).Text);
        Assert.Equal("/console/access-groups", (await browser.SubmitAsync(group, new() { ["sure"] = "on" }, "value=\"delete\"")).Location);
        Assert.Equal(404, (await browser.GetAsync(made.Location!)).Status);
    }

    [Fact]
    public async Task Who_may_only_read_is_offered_no_change_and_gets_none()
    {
        await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/access-groups", new { name = "seen", models = new[] { "demo/echo" } });
        var rule = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/rules", new { by = "group:seen", limits = new { concurrentRequests = 90 } });
        var path = "/console/rules/" + Uri.EscapeDataString(rule.GetProperty("id").GetString()!);
        using var owner = await shared.SignInAsync();
        var offered = await owner.GetAsync(path);
        Assert.Contains("the models of group:seen", offered.Text);
        var key = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = "rules reader", role = "billing_reader" });
        using var reader = await shared.SignInAsync(key.GetProperty("key").GetString()!);
        foreach (var seen in new[] { "/console/rules", path, "/console/access-groups", "/console/access-groups/seen" })
        {
            var page = await reader.GetAsync(seen);
            Assert.Equal(200, page.Status);
            Assert.DoesNotContain("name=\"_handler\"", page.Html);
        }

        // Nor does somebody else's form help.
        Assert.Equal(400, (await reader.SubmitAsync(offered, new() { ["sure"] = "on" }, "value=\"delete\"")).Status);
        Assert.Equal(200, (await owner.GetAsync(path)).Status);
    }
}
