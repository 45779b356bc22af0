using System.Text.RegularExpressions;
using Gateway.Tests.Conformance;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.WebConsole;

/// <summary>Webhooks in a browser: made with their secret shown once, tested, stopped, and what was given up delivered after all.</summary>
public sealed class WebhookPageTests(ConsoleGateway shared) : IClassFixture<ConsoleGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task A_webhook_is_made_tested_changed_paused_rotated_and_deleted()
    {
        await using var receiver = await TestApp.StartAsync(null);
        receiver.Answer("/hook", 204);
        using var browser = await shared.SignInAsync();
        var wrong = await browser.SubmitAsync(await browser.GetAsync("/console/webhooks"), new()
        {
            ["url"] = "http://elsewhere.example/<b>",
            ["batchSize"] = "many",
        }, "value=\"make\"");
        Assert.Equal(400, wrong.Status);
        Assert.Contains("many", wrong.Html);
        Assert.DoesNotContain("/<b>", wrong.Html);
        var made = await browser.SubmitAsync(wrong, new()
        {
            ["name"] = ConsoleGateway.Markup,
            ["url"] = new Uri(receiver.Address, "/hook").ToString(),
            ["types"] = "gateway.quota.warning.v1",
            ["provider"] = "demo",
            ["batchSize"] = "7",
        }, "value=\"make\"");
        Assert.Equal(200, made.Status);
        var secret = Regex.Match(made.Text, @"whsec_[A-Za-z0-9+/=]{20,}").Value;
        Assert.NotEmpty(secret);
        Assert.DoesNotContain("<img src=x", made.Html);
        var path = Regex.Match(made.Html, "href=\"(/console/webhooks/[^\"]+)\">Look at it").Groups[1].Value;
        var page = await browser.GetAsync(path);
        Assert.DoesNotContain(secret, page.Html);
        Assert.DoesNotContain("<img src=x", page.Html);
        Assert.Contains("provider demo", page.Text);
        var api = "/admin/v1/webhooks/" + path["/console/webhooks/".Length..];
        Assert.Equal(7, (await _gateway.AdminAsync(HttpMethod.Get, api)).GetProperty("batchSize").GetInt32());

        Assert.Contains("The receiver has taken the test", (await browser.SubmitAsync(page, [], "value=\"test\"")).Text);
        receiver.Answer("/hook", 500);
        Assert.Contains("has not taken the test", (await browser.SubmitAsync(page, [], "value=\"test\"")).Text);
        var rotated = await browser.SubmitAsync(page, new() { ["overlap"] = "60" }, "value=\"rotate\"");
        Assert.NotEqual(secret, Regex.Match(rotated.Text, @"whsec_[A-Za-z0-9+/=]{20,}").Value);
        Assert.Contains("The one before signs, too", rotated.Text);
        await browser.SubmitAsync(page, new() { ["do"] = "pause" }, "value=\"act\"");
        Assert.Contains("paused", (await browser.GetAsync(path)).Text);
        await browser.SubmitAsync(page, new() { ["do"] = "resume" }, "value=\"act\"");
        Assert.Contains("active", (await browser.GetAsync(path)).Text);
        Assert.Equal(path, (await browser.SubmitAsync(page, new() { ["since"] = "2026-01-01T00:00" }, "value=\"again\"")).Location);
        var settings = new Dictionary<string, string> { ["name"] = "billing", ["url"] = new Uri(receiver.Address, "/hook").ToString() };
        var changed = await browser.SubmitAsync(page, settings, "value=\"change\"");
        Assert.Equal(path, changed.Location);
        var webhook = await _gateway.AdminAsync(HttpMethod.Get, api);
        Assert.Equal(("billing", 100), (webhook.GetProperty("name").GetString(), webhook.GetProperty("batchSize").GetInt32()));
        Assert.False(webhook.TryGetProperty("filter", out _));
        Assert.Contains("webhook.tested", (await browser.GetAsync("/console/trouble/audit?target=" + path["/console/webhooks/".Length..])).Text);
        Assert.Equal("/console/webhooks", (await browser.SubmitAsync(page, new() { ["sure"] = "on" }, "value=\"delete\"")).Location);
        Assert.Equal(404, (await browser.GetAsync(path)).Status);
    }

    [Fact]
    public async Task What_was_given_up_is_looked_at_thrown_away_and_delivered()
    {
        await using var receiver = await TestApp.StartAsync(null);
        receiver.Answer("/hook", 503);
        var url = new Uri(receiver.Address, "/hook").ToString();
        var id = (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/webhooks", new { url, batchSize = 1 })).GetProperty("id").GetString()!;
        var (key, secret) = await _gateway.CreateKeyAsync(new { name = "of letters" });
        for (var i = 0; i < 2; i++)
        {
            using var answer = await _gateway.SendAsync(TestGateway.Messages("demo/echo", stream: false, key: secret));
            Assert.Equal(200, (int)answer.StatusCode);
        }

        await _gateway.UsageAsync(key, 2);
        await Scenes.GiveUpAtOnceAsync(_gateway, id);
        using var browser = await shared.SignInAsync();
        var path = "/console/webhooks/" + id;
        var page = await UntilAsync(browser, path, p => Regex.Count(p.Html, "name=\"discard\"") == 2);
        Assert.Contains("status 503", page.Text);
        var letter = Regex.Match(page.Html, "name=\"discard\" value=\"([^\"]+)\"").Groups[1].Value;
        Assert.Equal(path, (await browser.SubmitAsync(page, new() { ["discard"] = letter }, "value=\"letters\"")).Location);
        await UntilAsync(browser, path, p => Regex.Count(p.Html, "name=\"discard\"") == 1 && !p.Html.Contains(letter, StringComparison.Ordinal));
        receiver.Answer("/hook", 204);
        Assert.Equal(path, (await browser.SubmitAsync(page, new() { ["replay"] = "" }, "value=\"letters\"")).Location);
        await UntilAsync(browser, path, p => p.Text.Contains("There is none: what is not taken", StringComparison.Ordinal)
            && Regex.IsMatch(p.Text, @"Delivered\s+1 events"));
        Assert.Contains(path, (await browser.GetAsync("/console/webhooks")).Html);
    }

    [Fact]
    public async Task Addresses_are_for_admins_only_and_an_auditor_changes_nothing()
    {
        var made = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/webhooks", new { url = "https://hooks.example.com/" });
        var path = "/console/webhooks/" + made.GetProperty("id").GetString();
        using var reader = await SignInAsync("billing_reader");
        Assert.Equal(403, (await reader.GetAsync("/console/webhooks")).Status);
        Assert.Equal(403, (await reader.GetAsync(path)).Status);
        using var auditor = await SignInAsync("auditor");
        Assert.Contains("https://hooks.example.com/", (await auditor.GetAsync("/console/webhooks")).Text);
        var page = await auditor.GetAsync(path);
        Assert.Equal(200, page.Status);
        Assert.DoesNotContain("name=\"_handler\"", page.Html);
    }

    private async Task<ConsoleBrowser> SignInAsync(string role)
    {
        var key = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = role, role });
        return await shared.SignInAsync(key.GetProperty("key").GetString()!);
    }

    private static async Task<ConsoleBrowser.Seen> UntilAsync(ConsoleBrowser browser, string path, Func<ConsoleBrowser.Seen, bool> isSo)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            var page = await browser.GetAsync(path);
            if (isSo(page))
                return page;
            await Task.Delay(100, limit.Token);
        }
    }
}
