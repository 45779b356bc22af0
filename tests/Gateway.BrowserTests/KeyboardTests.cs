using Gateway.Tests.EndToEnd;
using Gateway.Tests.WebConsole;
using Microsoft.Playwright;

namespace Gateway.BrowserTests;

/// <summary>What somebody does who has no mouse: all of it by Tab, Enter, Space and arrows.</summary>
public sealed class KeyboardTests(ConsoleFixture console) : IClassFixture<ConsoleFixture>
{
    [BrowserFact]
    public async Task Signs_in_makes_a_key_and_signs_out()
    {
        var page = await console.OpenAsync();
        var keyboard = new Keyboard(page);
        await page.GotoAsync("/");
        // The field has the focus: a key and Enter.
        await page.Keyboard.TypeAsync(TestGateway.AdminKey);
        await keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/console");
        await keyboard.GoAsync("Connect", "**/console/connect");
        await keyboard.PressAsync("Make a key", "Enter");
        await Assertions.Expect(page.GetByLabel("The new key")).ToContainTextAsync("gw-");
        await keyboard.GoAsync("Sign out", "**/console/sign-in");
    }

    [BrowserFact]
    public async Task Makes_changes_and_deletes_a_rule_for_an_access_group()
    {
        var (page, keyboard) = await SignInAsync();
        await keyboard.AreaAsync("Access groups", "**/console/access-groups");
        await keyboard.TypeAsync("Name: small letters, digits, - and _; it stays", "keyboard");
        await keyboard.TypeAsync("Models, one a line", "demo/echo");
        await keyboard.PressAsync("Enter");
        await page.Keyboard.TypeAsync("native/*");
        await keyboard.GoAsync("Make the group", "**/console/access-groups/keyboard");
        await keyboard.GoAsync("Limit what is done with them", "**/console/rules?by=group*");
        await keyboard.PastNavigationAsync();
        await keyboard.TypeAsync("Name", "by keys");
        await keyboard.TypeAsync("Amount", "12");
        await keyboard.PressAsync("Each", "ArrowDown");
        await keyboard.GoAsync("Make the rule", "**/console/rules/rule*");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("by keys");
        await Assertions.Expect(page.GetByText("12.00 USD / week")).ToBeVisibleAsync();
        await keyboard.TypeAsync("Requests a minute", "30");
        await keyboard.PressAsync("Save", "Enter");
        await Assertions.Expect(page.GetByText("30 requests a minute").First).ToBeVisibleAsync();
        await keyboard.PressAsync("For good…", "Space");
        await keyboard.GoAsync("Delete", "**/console/rules");
    }

    [BrowserFact]
    public async Task Makes_copies_pauses_and_resumes_a_webhook()
    {
        var (page, keyboard) = await SignInAsync();
        await keyboard.AreaAsync("Webhooks", "**/console/webhooks");
        await keyboard.TypeAsync("Name", "receiver");
        await keyboard.TypeAsync("Address, which begins with https://", "http://127.0.0.1:9/hook");
        await keyboard.PressAsync("a budget nears its end", "Space");
        await keyboard.PressAsync("Outcome", "ArrowDown");
        await keyboard.PressAsync("Make the webhook", "Enter");
        await Assertions.Expect(page.GetByLabel("The secret", new() { Exact = true }).Last).ToContainTextAsync("whsec_");
        await keyboard.PressAsync("Copy", "Space");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("Copied|Press") })).ToBeVisibleAsync();
        await keyboard.GoAsync("Look at it", "**/console/webhooks/wh_*");
        await keyboard.PressAsync("Pause", "Enter");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("paused");
        await keyboard.PressAsync("Resume", "Space");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("active");
    }

    [BrowserFact]
    public async Task Makes_an_organisation_and_a_team_and_finds_and_pauses_a_user_of_it()
    {
        var (page, keyboard) = await SignInAsync();
        await keyboard.AreaAsync("Organisations", "**/console/organizations");
        await keyboard.TypeAsync("Name", "by keyboard");
        await keyboard.PressAsync("What new keys get, where nothing else is said", "Space");
        await keyboard.TypeAsync("Models of new keys, one a line; none allows all", "demo/*");
        await keyboard.GoAsync("Make the organisation", "**/console/organizations/org*");
        var organization = Id(page);
        await keyboard.AreaAsync("Teams", "**/console/teams");
        await keyboard.TypeAsync("Name", "typists");
        await keyboard.TypeAsync("Organisation", organization);
        await keyboard.GoAsync("Make the team", "**/console/teams/team*");
        await Scenes.SignInAsync(console.Gateway, Id(page), "grace", "Grace Hopper");
        await keyboard.AreaAsync("Users", "**/console/users");
        await keyboard.TypeAsync("Name, address or id", "hopper");
        await keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/console/users?search=hopper");
        await keyboard.GoAsync("Grace Hopper", "**/console/users/user*");
        await keyboard.PressAsync("Pause", "Enter");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("paused");
        await keyboard.PressAsync("Resume", "Enter");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("active");
    }

    [BrowserFact]
    public async Task Explains_a_request_and_tries_a_model()
    {
        var (page, keyboard) = await SignInAsync();
        await keyboard.AreaAsync("Models", "**/console/models");
        await keyboard.GoAsync("Explain a request", "**/console/models/explain");
        await keyboard.PressAsync("Explain", "Enter");
        await Assertions.Expect(page.GetByLabel("What the provider gets").Last).ToContainTextAsync("demo");
        await keyboard.ToAsync("What the provider gets");
        await keyboard.AreaAsync("Models", "**/console/models");
        await keyboard.GoAsync("Try a model", "**/console/models/try");
        await keyboard.TypeAsync("API key", TestGateway.ApiKey);
        await keyboard.TypeAsync("Message", "by keyboard");
        await keyboard.PressAsync("Send", "Enter");
        await Assertions.Expect(page.GetByLabel("The answer")).ToContainTextAsync("by keyboard");
    }

    [BrowserFact]
    public async Task Reads_spend_by_another_grouping_and_throws_a_dead_letter_away()
    {
        await console.TellAsync("""{"not":"an event of usage"}""");
        var (page, keyboard) = await SignInAsync();
        await keyboard.AreaAsync("Spend", "**/console/spend");
        await keyboard.PressAsync("By", "ArrowDown");
        await keyboard.GoAsync("Show", "**/console/spend?*by=provider*");
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            await keyboard.AreaAsync("Trouble", "**/console/trouble");
        }
        while (await page.Locator("a[href^='/console/trouble/letters/']").CountAsync() == 0);
        await keyboard.ToAsync("Dead letters: the list");
        await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/console/trouble/letters/*");
        await keyboard.PressAsync("It never was a usage event…", "Space");
        await keyboard.GoAsync("Throw away", "**/console/trouble");
        await keyboard.GoAsync("Audit log", "**/console/trouble/audit");
    }

    [BrowserFact]
    public async Task Tab_leads_to_all_there_is_and_out_of_it_again()
    {
        var (page, keyboard) = await SignInAsync();
        var missed = new List<string>();
        foreach (var path in await LooksTests.AreasAsync(page))
        {
            await page.GotoAsync(path);
            missed.AddRange((await keyboard.WalkAsync()).Select(what => $"{path}: {what}"));
        }

        Assert.Empty(missed);
    }

    private async Task<(IPage Page, Keyboard Keyboard)> SignInAsync()
    {
        var page = await console.SignInAsync();
        return (page, new(page));
    }

    private static string Id(IPage page) => Uri.UnescapeDataString(page.Url[(page.Url.LastIndexOf('/') + 1)..]);
}
