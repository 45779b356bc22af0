using System.Net;
using Gateway.AdminConsole.Sessions;
using Gateway.Contracts.Names;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.ProviderAdapter;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Tests.WebConsole;

/// <summary>Admins sign in to the console with their company account.</summary>
public sealed class CompanySignInTests(CompanyConsole shared) : IClassFixture<CompanyConsole>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task An_admin_signs_in_goes_on_to_the_page_that_was_asked_for_and_signs_out()
    {
        shared.Company.Add("ada", "operators", "engineering");
        using var browser = new ConsoleBrowser(_gateway.Url);
        var page = await browser.GetAsync("/console/sign-in?to=%2Fconsole%2Fkeys%3Fsearch%3Da");
        Assert.Contains("href=\"/console/sign-in/company?to=%2Fconsole%2Fkeys%3Fsearch%3Da\"", page.Html);
        Assert.Contains("Sign in with your company account", page.Text);

        var back = await shared.SignInAsync(browser, "ada", "/console/keys?search=a");
        Assert.Equal((302, "/console/keys?search=a"), (back.Status, back.Location));
        var cookie = Assert.Single(back.Cookies, IsSession);
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=lax", cookie);
        Assert.Contains("path=/console", cookie);
        Assert.DoesNotContain("gwa-", cookie);
        Assert.DoesNotContain("gwr-", cookie);
        Assert.DoesNotContain("gwa-", back.Html);

        var overview = await browser.GetAsync("/console");
        Assert.Matches(@"ada@example\.com\s+admin", overview.Text);
        Assert.Contains("Spent this month", overview.Text);

        using var copy = new ConsoleBrowser(_gateway.Url);
        copy.Add("Cookie", cookie.Split(';')[0]);
        Assert.Equal(200, (await copy.GetAsync("/console")).Status);
        var answer = await browser.SubmitAsync(overview, [], "/console/sign-out");
        Assert.Equal((302, "/console/sign-in"), (answer.Status, answer.Location));
        Assert.Equal(302, (await browser.GetAsync("/console")).Status);
        // A cookie that somebody has kept opens nothing any more.
        await UntilOverAsync(copy);
    }

    [Fact]
    public async Task Roles_decide_what_is_seen()
    {
        shared.Company.Add("grace", "auditors");
        using var browser = new ConsoleBrowser(_gateway.Url);
        Assert.Equal("/console", (await shared.SignInAsync(browser, "grace")).Location);
        var connect = await browser.GetAsync("/console/connect");
        Assert.Matches(@"grace@example\.com\s+auditor", connect.Text);
        Assert.DoesNotContain("Make a key", connect.Text);
    }

    [Fact]
    public async Task Whoever_has_no_role_is_told_so_and_gets_no_session()
    {
        shared.Company.Add("linus", "engineering");
        using var browser = new ConsoleBrowser(_gateway.Url);
        var answer = await shared.SignInAsync(browser, "linus");
        Assert.Equal(403, answer.Status);
        Assert.Contains("You cannot sign in", answer.Text);
        Assert.Contains("linus@example.com", answer.Text);
        Assert.Contains("/console/sign-in", answer.Html);
        Assert.DoesNotContain(answer.Cookies, IsSession);
        Assert.Equal(302, (await browser.GetAsync("/console")).Status);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/console/\\evil")]
    [InlineData("/v1/models")]
    public async Task It_leads_nowhere_but_into_the_console(string to)
    {
        shared.Company.Add("eve", "operators");
        using var browser = new ConsoleBrowser(_gateway.Url);
        Assert.Equal("/console", (await shared.SignInAsync(browser, "eve", to)).Location);
    }

    [Fact]
    public async Task Who_is_turned_away_at_the_company_is_told_so()
    {
        using var browser = new ConsoleBrowser(_gateway.Url);
        var answer = await browser.GetAsync((await shared.GoToCompanyAsync(browser, "nobody", refuse: true)).ToString());
        AssertRefused(answer, "You are not signed in");
    }

    [Fact]
    public async Task What_comes_back_counts_once_and_in_the_browser_that_has_begun()
    {
        shared.Company.Add("tim", "operators");
        using var browser = new ConsoleBrowser(_gateway.Url);
        var callback = await shared.GoToCompanyAsync(browser, "tim");

        // Somebody else's browser: it has none of the cookies, or those of a sign-in of its own.
        using var other = new ConsoleBrowser(_gateway.Url);
        AssertRefused(await other.GetAsync(callback.ToString()), "You are not signed in");
        var theirs = await shared.GoToCompanyAsync(other, "tim");
        AssertRefused(await other.GetAsync(callback.ToString()), "You are not signed in");

        // Another state, or none, with a good code.
        var query = QueryHelpers.ParseQuery(callback.Query).ToDictionary(q => q.Key, q => (string?)q.Value.ToString());
        foreach (var state in new[] { query["state"]![..^4] + "AAAA", "", QueryHelpers.ParseQuery(theirs.Query)["state"].ToString() })
        {
            var forged = QueryHelpers.AddQueryString(callback.GetLeftPart(UriPartial.Path), new Dictionary<string, string?>(query) { ["state"] = state });
            var answer = await browser.GetAsync(forged);
            Assert.InRange(answer.Status, 400, 403);
            Assert.DoesNotContain(answer.Cookies, IsSession);
        }

        Assert.Single((await browser.GetAsync(callback.ToString())).Cookies, IsSession);
        AssertRefused(await browser.GetAsync(callback.ToString()), "You are not signed in");
    }

    [Fact]
    public async Task A_sign_in_that_takes_too_long_is_none()
    {
        shared.Company.Add("slow", "operators");
        var time = new ShiftedTime();
        string[] settings = [.. shared.Settings.Select(s => $"--{s.Key}={s.Value}")];
        await using var door = await _gateway.OpenDoorAsync(time, settings: settings);
        using var browser = new ConsoleBrowser(door.Urls.First());
        var callback = await shared.GoToCompanyAsync(browser, "slow", door: door.Urls.First());
        time.Advance(TimeSpan.FromMinutes(10));
        AssertRefused(await browser.GetAsync(callback.ToString()), "Too late");
    }

    [Theory]
    [InlineData("POST", "/pause")]
    [InlineData("POST", "/sign-out")]
    [InlineData("DELETE", "")]
    public async Task A_session_ends_with_its_users_right_to_it(string method, string what)
    {
        var name = "leaver" + what.Replace('/', '-');
        shared.Company.Add(name, "operators");
        using var browser = new ConsoleBrowser(_gateway.Url);
        await shared.SignInAsync(browser, name);
        Assert.Equal(200, (await browser.GetAsync("/console")).Status);
        var users = await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/users?limit=1000");
        var user = users.GetProperty("data").EnumerateArray().Single(u => u.ToString().Contains($"\"{name}@", StringComparison.Ordinal));
        var id = user.GetProperty("id").GetString();
        await _gateway.AdminAsync(new HttpMethod(method), $"/admin/v1/users/{id}{what}");
        await UntilOverAsync(browser);
        var again = await shared.SignInAsync(browser, name);
        Assert.Equal(what == "/sign-out" ? 302 : 403, again.Status);
    }

    [Fact]
    public async Task A_session_goes_on_past_its_key()
    {
        shared.Company.Add("stayer", "operators");
        using var browser = new ConsoleBrowser(_gateway.Url);
        await shared.SignInAsync(browser, "stayer");
        var page = await browser.GetAsync("/console/connect");
        // The forms of a page that was open meanwhile are good, too.
        await Task.Delay(CompanyConsole.KeyLifetime * 1.5);
        Assert.Equal(302, (await browser.SubmitAsync(page, new() { ["theme"] = "dark" }, "/console/theme")).Status);
        Assert.Equal(200, (await browser.GetAsync("/console")).Status);
    }

    [Theory]
    [InlineData("engineering")]
    [InlineData(null)]
    public async Task A_session_ends_at_its_renewal_when_the_company_gives_no_role_any_more_or_lets_nobody_in(string? group)
    {
        var name = "mover-" + group;
        shared.Company.Add(name, "operators");
        using var browser = new ConsoleBrowser(_gateway.Url);
        await shared.SignInAsync(browser, name);
        Assert.Equal(200, (await browser.GetAsync("/console")).Status);
        if (group is null)
            shared.Company.People[name] = shared.Company.People[name] with { IsDisabled = true };
        else
            shared.Company.Add(name, group);
        await UntilOverAsync(browser);
    }

    [Fact]
    public async Task The_way_back_is_to_the_consoles_own_address_and_clients_are_told_the_apis()
    {
        string[] settings =
        [
            .. shared.Settings.Select(s => $"--{s.Key}={s.Value}"), "--GATEWAY_PUBLIC_URL=https://gw.example.com",
            "--GATEWAY_CONSOLE_URL=https://gw-admin.example.com/",
        ];
        await using var door = await _gateway.OpenDoorAsync(settings: settings);
        using var browser = new ConsoleBrowser(door.Urls.First());
        var challenge = await browser.GetAsync("/console/sign-in/company");
        Assert.Equal(
            "https://gw-admin.example.com/oauth/callback", QueryHelpers.ParseQuery(challenge.Headers.Location!.Query)["redirect_uri"].ToString());
        await browser.SubmitAsync(await browser.GetAsync("/console/sign-in"), new() { ["key"] = TestGateway.AdminKey });
        var connect = await browser.GetAsync("/console/connect");
        Assert.Contains("ANTHROPIC_BASE_URL=https://gw.example.com", connect.Text);
        Assert.DoesNotContain(door.Urls.First(), connect.Text);
        // A script of this page can ask no other origin: the form is sent instead.
        Assert.DoesNotContain("data-try", (await browser.GetAsync("/console/models/try")).Html);
        using var here = new ConsoleBrowser(_gateway.Url);
        await here.SubmitAsync(await here.GetAsync("/console/sign-in"), new() { ["key"] = TestGateway.AdminKey });
        Assert.Contains("data-try", (await here.GetAsync("/console/models/try")).Html);
    }

    [Fact]
    public async Task Nobody_brings_the_console_a_session_through_the_front_door()
    {
        using var answer = await _gateway.Client.PostAsync(new Uri(InternalRoutes.ConsoleSessions, UriKind.Relative), new StringContent("{}"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static bool IsSession(string cookie) => cookie.StartsWith(ConsoleCookies.Session + "=", StringComparison.Ordinal) && cookie.Length > 200;

    private static void AssertRefused(ConsoleBrowser.Seen answer, string title)
    {
        Assert.Equal(403, answer.Status);
        Assert.Contains(title, answer.Text);
        Assert.Contains("href=\"/console/sign-in\"", answer.Html);
        Assert.DoesNotContain(answer.Cookies, IsSession);
    }

    private static async Task UntilOverAsync(ConsoleBrowser browser)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        ConsoleBrowser.Seen seen;
        do
        {
            await Task.Delay(50, limit.Token);
            seen = await browser.GetAsync("/console");
        }
        while (seen.Status == 200);
        Assert.Equal((302, "/console/sign-in?ended=1"), (seen.Status, seen.Location));
    }
}
