using System.Globalization;
using Gateway.AdminConsole;
using Gateway.AdminConsole.Sessions;
using Gateway.Contracts.Accounts;
using Gateway.Tests.Billing;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.WebConsole;

/// <summary>Who gets to see the console, through the front door.</summary>
public sealed class SignInTests(ConsoleGateway shared) : IClassFixture<ConsoleGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task A_browser_at_the_root_is_led_to_the_sign_in_and_a_program_is_told_as_before_that_there_is_nothing()
    {
        using var browser = new ConsoleBrowser(_gateway.Url);
        Assert.Equal("/console", (await browser.GetAsync("/")).Location);
        Assert.Equal("/console/sign-in", (await browser.GetAsync("/console")).Location);
        Assert.Equal("/console/sign-in?to=%2Fconsole%2Fconnect%3Fmodel%3Da", (await browser.GetAsync("/console/connect?model=a")).Location);
        using var answer = await _gateway.Client.GetAsync("/");
        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Contains("not_found_error", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_admin_key_opens_the_page_that_was_asked_for_and_stands_in_no_cookie()
    {
        using var browser = new ConsoleBrowser(_gateway.Url);
        var page = await browser.GetAsync("/console/sign-in?to=%2Fconsole%2Fconnect");
        var answer = await browser.SubmitAsync(page, new() { ["key"] = $" {TestGateway.AdminKey} " });
        Assert.Equal((302, "/console/connect"), (answer.Status, answer.Location));
        var cookie = Assert.Single(answer.Cookies, c => c.StartsWith(ConsoleCookies.Session + "=", StringComparison.Ordinal));
        Assert.Contains("path=/console", cookie);
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=lax", cookie);
        Assert.DoesNotContain("secure", cookie);
        Assert.DoesNotContain(TestGateway.AdminKey, cookie);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(TestGateway.AdminKey))[..20], cookie);
        Assert.Contains("Sign out", (await browser.GetAsync("/console")).Html);
    }

    [Fact]
    public async Task Without_an_identity_provider_no_other_sign_in_is_offered()
    {
        using var browser = new ConsoleBrowser(_gateway.Url);
        Assert.DoesNotContain("company", (await browser.GetAsync("/console/sign-in")).Text);
        Assert.Equal(302, (await browser.GetAsync("/console/sign-in/company")).Status);
        Assert.StartsWith("/console/sign-in?", (await browser.GetAsync("/console/sign-in/company")).Location);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_form_that_is_too_large_is_refused_with_a_page_that_says_so(bool withLength)
    {
        using var browser = new ConsoleBrowser(_gateway.Url);
        var signedIn = await browser.SubmitAsync(await browser.GetAsync("/console/sign-in"), new() { ["key"] = TestGateway.AdminKey });
        using var content = new ByteArrayContent(new byte[5 * 1024 * 1024]) { Headers = { { "Content-Type", "application/x-www-form-urlencoded" } } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/console/theme") { Content = content };
        request.Headers.Add("Cookie", signedIn.Cookies.Select(c => c.Split(';')[0]));
        request.Headers.TransferEncodingChunked = !withLength;
        using var answer = await _gateway.SendAsync(request);
        Assert.Equal((413, "text/html"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("larger than 4 MB", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/console\\..\\evil")]
    [InlineData("/consoles")]
    [InlineData("/v1/models")]
    public async Task Sign_in_leads_nowhere_but_into_the_console(string to)
    {
        using var browser = new ConsoleBrowser(_gateway.Url);
        var page = await browser.GetAsync("/console/sign-in?to=" + Uri.EscapeDataString(to));
        Assert.Equal("/console", (await browser.SubmitAsync(page, new() { ["key"] = TestGateway.AdminKey })).Location);
    }

    [Fact]
    public async Task Cookies_are_secure_where_the_browser_came_by_https()
    {
        using var browser = new ConsoleBrowser(_gateway.Url);
        Assert.DoesNotContain("secure", Assert.Single((await browser.GetAsync("/console/sign-in")).Cookies));
        using var behind = new ConsoleBrowser(_gateway.Url);
        behind.Add("X-Forwarded-Proto", "https");
        Assert.Contains("secure", Assert.Single((await behind.GetAsync("/console/sign-in")).Cookies));
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("")]
    [InlineData(TestGateway.ApiKey)]
    [InlineData("gwa-0000000000000000000000000000000000000000000")]
    [InlineData("key\r\nx-evil: 1")]
    public async Task Another_key_does_not_open_it(string key)
    {
        using var browser = new ConsoleBrowser(_gateway.Url);
        browser.Add("X-Forwarded-For", "192.0.2." + key.Length.ToString(CultureInfo.InvariantCulture));
        var answer = await browser.SubmitAsync(await browser.GetAsync("/console/sign-in"), new() { ["key"] = key });
        Assert.Equal(401, answer.Status);
        Assert.Contains("This is no admin key of this gateway", answer.Text);
        Assert.DoesNotContain(answer.Cookies, c => c.StartsWith(ConsoleCookies.Session + "=", StringComparison.Ordinal));
        Assert.Equal(302, (await browser.GetAsync("/console")).Status);
    }

    [Fact]
    public async Task Whoever_fails_too_often_waits_and_others_do_not()
    {
        using var guesser = new ConsoleBrowser(_gateway.Url);
        guesser.Add("X-Forwarded-For", "198.51.100.7");
        var page = await guesser.GetAsync("/console/sign-in");
        for (var i = 0; i < FailedSignIns.PerAddress; i++)
            Assert.Equal(401, (await guesser.SubmitAsync(page, new() { ["key"] = "guess" })).Status);
        var refused = await guesser.SubmitAsync(page, new() { ["key"] = TestGateway.AdminKey });
        Assert.Equal(429, refused.Status);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        using var other = await shared.SignInAsync();
    }

    [Fact]
    public async Task A_session_ends_when_its_reader_signs_out()
    {
        using var browser = await shared.SignInAsync();
        var page = await browser.GetAsync("/console");
        var answer = await browser.SubmitAsync(page, [], "/console/sign-out");
        Assert.Equal((302, "/console/sign-in"), (answer.Status, answer.Location));
        Assert.Equal("/console/sign-in", (await browser.GetAsync("/console")).Location);
    }

    [Fact]
    public async Task A_form_without_its_token_or_with_one_of_another_session_changes_nothing()
    {
        using var browser = await shared.SignInAsync();
        using var stranger = await shared.SignInAsync();
        var page = await browser.GetAsync("/console/connect");
        var theirs = await stranger.GetAsync("/console/connect");
        foreach (var form in new[] { "/console/sign-out", "/console/theme", "name=\"once\"" })
        {
            Assert.Equal(400, (await browser.SubmitAsync(page, new() { ["form-token"] = "", ["name"] = "forged" }, form)).Status);
            Assert.Equal(400, (await browser.SubmitAsync(theirs, new() { ["name"] = "forged" }, form)).Status);
        }

        Assert.Equal(200, (await browser.GetAsync("/console")).Status);
        var keys = await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/keys?limit=1000");
        Assert.DoesNotContain("forged", keys.ToString());
    }

    [Fact]
    public async Task A_revoked_admin_key_signs_its_reader_out()
    {
        var admin = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = "leaver", role = "admin" });
        using var browser = await shared.SignInAsync(admin.GetProperty("key").GetString()!);
        Assert.Contains("leaver", (await browser.GetAsync("/console")).Text);
        await _gateway.AdminAsync(HttpMethod.Delete, "/admin/v1/admin-keys/" + admin.GetProperty("id").GetString());
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        ConsoleBrowser.Seen seen;
        do
        {
            await Task.Delay(50, limit.Token);
            seen = await browser.GetAsync("/console");
        }
        while (seen.Status == 200);
        Assert.Equal((302, "/console/sign-in?ended=1"), (seen.Status, seen.Location));
        Assert.Contains("Your session is over", (await browser.GetAsync(seen.Location!)).Text);
    }

    [Fact]
    public async Task A_role_sees_what_it_may_and_is_told_where_it_may_not()
    {
        var admin = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = "reader", role = "billing_reader" });
        using var browser = await shared.SignInAsync(admin.GetProperty("key").GetString()!);
        Assert.Contains("Spent this month", (await browser.GetAsync("/console")).Text);
        var connect = await browser.GetAsync("/console/connect");
        Assert.DoesNotContain("Make a key", connect.Text);
        Assert.Contains("ANTHROPIC_BASE_URL", connect.Text);
        var team = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { name = "search", budget = new { amount = 5, period = "month" } });
        var scope = new[] { team.GetProperty("id").GetString()! };
        var scoped = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = "lead", role = "team_admin", scope });
        using var lead = await shared.SignInAsync(scoped.GetProperty("key").GetString()!);
        var overview = await lead.GetAsync("/console");
        Assert.DoesNotContain("Spent this month", overview.Text);
        Assert.Contains("0.00 USD of 5.00 USD this month", overview.Text);
    }

    [Fact]
    public async Task Pages_run_no_script_but_their_own_and_are_kept_by_no_cache()
    {
        using var browser = await shared.SignInAsync();
        foreach (var path in new[] { "/console", "/console/connect", "/console/nowhere" })
        {
            var page = await browser.GetAsync(path);
            var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.True(page.Headers.CacheControl!.NoStore);
            Assert.DoesNotContain(" style=", page.Html);
            Assert.DoesNotContain(" onclick=", page.Html);
            Assert.DoesNotContain("<script>", page.Html);
        }

        Assert.Equal(404, (await browser.GetAsync("/console/nowhere")).Status);
        Assert.Contains("There is no such page", (await browser.GetAsync("/console/nowhere")).Text);
    }

    [Fact]
    public async Task Another_origin_is_not_answered_to_by_a_page()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/console/sign-in") { Headers = { { "Origin", "https://evil.example" } } };
        using var answer = await _gateway.SendAsync(request);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_cookie_is_good_after_a_restart()
    {
        var settings = new Dictionary<string, string> { ["GATEWAY_CONSOLE"] = "true" };
        await using var gateway = await TestGateway.StartAsync(settings);
        using var browser = new ConsoleBrowser(gateway.Url);
        var answer = await browser.SubmitAsync(await browser.GetAsync("/console/sign-in"), new() { ["key"] = TestGateway.AdminKey });
        var cookie = answer.Cookies.Single(c => c.StartsWith(ConsoleCookies.Session + "=", StringComparison.Ordinal)).Split(';')[0];
        await gateway.StopGatewayAsync();
        await gateway.StartGatewayAsync(settings);
        using var after = new ConsoleBrowser(gateway.Url);
        after.Add("Cookie", cookie);
        Assert.Equal(200, (await after.GetAsync("/console")).Status);
    }

    [Fact]
    public void A_session_is_over_when_its_hours_are_and_a_cookie_that_was_changed_is_none()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        var cookie = new SessionCookie(new EphemeralDataProtectionProvider(), new ConsoleOptions { SessionHours = 2 }, time);
        var context = new DefaultHttpContext();
        cookie.Begin(context, "gw-admin-of-mine", AdminCaller.Owner);
        var set = context.Response.Headers.SetCookie.ToString().Split(';')[0];
        Assert.Equal("gw-admin-of-mine", cookie.Read(With(set))?.Key);
        Assert.Null(cookie.Read(With(set[..^4] + "AAAA")));
        Assert.Null(cookie.Read(With(ConsoleCookies.Session + "=nonsense%")));
        time.Advance(TimeSpan.FromMinutes(119));
        Assert.NotNull(cookie.Read(With(set)));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(cookie.Read(With(set)));

        static HttpRequest With(string cookie) => new DefaultHttpContext { Request = { Headers = { Cookie = cookie } } }.Request;
    }
}
