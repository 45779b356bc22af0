using System.Net;
using System.Text.RegularExpressions;
using Gateway.Tests.EndToEnd;
using Microsoft.Playwright;

namespace Gateway.BrowserTests;

/// <summary>What somebody does who has just started the gateway.</summary>
public sealed partial class StoryTests(ConsoleFixture console) : IClassFixture<ConsoleFixture>
{
    private const string Markup = "<img src=x onerror=\"document.title='hacked'\">";

    [BrowserFact]
    public async Task From_the_printed_url_to_a_request_that_arrives_with_its_cost_and_a_revoked_key()
    {
        var page = await console.SignInAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Connect", Exact = true }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("story");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).ClickAsync();
        var key = (await page.GetByLabel("The new key").InnerTextAsync()).Trim();
        Assert.Matches("^gw-[A-Za-z0-9]{43}$", key);
        Assert.Contains($"ANTHROPIC_AUTH_TOKEN={key}", await page.GetByLabel("Claude Code").InnerTextAsync());

        await page.GotoAsync("/console/live");
        await SendAsync(key, HttpStatusCode.OK);
        var row = page.Locator("tbody[data-live] tr").First;
        await Assertions.Expect(row).ToContainTextAsync("native/model-4.5");
        await Assertions.Expect(row).ToContainTextAsync("USD");
        await Assertions.Expect(row).ToContainTextAsync("completed");
        await row.GetByRole(AriaRole.Link).ClickAsync();
        Assert.Contains("\"requested_model\": \"native/model-4.5\"", await page.GetByLabel("The usage event").InnerTextAsync());

        var tile = page.Locator(".tile", new() { HasText = "Spent today" }).Locator(".value");
        await EventuallyAsync(async () =>
        {
            await page.GotoAsync("/console");
            return Spent().IsMatch(await tile.InnerTextAsync());
        });

        var id = (await console.Gateway.AdminAsync(HttpMethod.Get, "/admin/v1/keys?limit=1000")).GetProperty("data").EnumerateArray()
            .Single(k => k.TryGetProperty("name", out var name) && name.GetString() == "story").GetProperty("id").GetString();
        await console.Gateway.AdminAsync(HttpMethod.Delete, "/admin/v1/keys/" + id);
        await EventuallyAsync(async () =>
        {
            using var answer = await console.Gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream: false, key: key));
            return answer.StatusCode == HttpStatusCode.Unauthorized;
        });
    }

    [BrowserFact]
    public async Task Without_scripts_pages_and_forms_work()
    {
        var page = await console.SignInAsync(scripts: false);
        await page.GotoAsync("/console/connect");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("The new key")).ToContainTextAsync("gw-");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Copy" })).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Dark" }).ClickAsync();
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
    }

    [BrowserFact]
    public async Task Times_are_the_readers_with_utc_beside_them()
    {
        var page = await console.SignInAsync();
        await SendAsync(TestGateway.ApiKey, HttpStatusCode.OK);
        await EventuallyAsync(async () =>
        {
            await page.GotoAsync("/console/live");
            return await page.Locator("tbody[data-live] time").CountAsync() > 0;
        });
        var time = page.Locator("tbody[data-live] time").First;
        var utc = DateTime.Parse((await time.GetAttributeAsync("title"))!.Replace(" UTC", ""), System.Globalization.CultureInfo.InvariantCulture);
        // India is five hours and a half ahead.
        Assert.Equal(utc.AddHours(5.5).ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture), await time.InnerTextAsync());
    }

    [BrowserFact]
    public async Task Markup_in_names_and_models_is_text()
    {
        var (id, key) = await console.Gateway.CreateKeyAsync(new { name = Markup, metadata = new Dictionary<string, string> { [Markup] = Markup } });
        var page = await console.SignInAsync();
        await page.GotoAsync("/console/live?key=" + id);
        var body = """{"model":"native/model-4.5","max_tokens":9,"messages":[{"role":"user","content":"x"}],"metadata":{"user_id":"<b>u</b>"}}""";
        using var answer = await console.Gateway.SendAsync(TestGateway.Post("/v1/messages", body, key));
        await Assertions.Expect(page.Locator("tbody[data-live] tr").First).ToContainTextAsync("native/model-4.5");
        await page.Locator("tbody[data-live] tr").First.GetByRole(AriaRole.Link).ClickAsync();
        await Assertions.Expect(page.GetByLabel("The usage event")).ToContainTextAsync("onerror=");
        Assert.Equal(0, await page.Locator("main img").CountAsync());
        await page.GotoAsync("/console/connect?model=" + Uri.EscapeDataString("\"><script>document.title='hacked'</script>"));
        Assert.Equal("Connect · Gateway", await page.TitleAsync());
        await page.GotoAsync("/console");
        Assert.Equal(0, await page.Locator("main img").CountAsync());
        Assert.Equal("Overview · Gateway", await page.TitleAsync());
    }

    private async Task SendAsync(string key, HttpStatusCode expected)
    {
        using var answer = await console.Gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream: true, key: key));
        Assert.Equal(expected, answer.StatusCode);
        await answer.Content.ReadAsStringAsync();
    }

    private static async Task EventuallyAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (!await isSo())
            await Task.Delay(50, limit.Token);
    }

    [GeneratedRegex(@"^0\.\d+ USD$")]
    private static partial Regex Spent();
}
