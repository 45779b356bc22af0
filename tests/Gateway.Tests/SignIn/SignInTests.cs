using System.Net;
using System.Text.Json;
using Gateway.Ingress.SignIn;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.SignIn;

/// <summary>Devices that are signed in at the company's identity provider, through the whole gateway.</summary>
public sealed class SignInTests(SignInGateway shared) : IClassFixture<SignInGateway>
{
    private static string[] ErrorOf((HttpStatusCode Status, JsonElement Answer) answer) =>
        [((int)answer.Status).ToString(System.Globalization.CultureInfo.InvariantCulture), answer.Answer.GetProperty("error").GetString()!];

    [Fact]
    public async Task Behind_every_base_url_the_endpoints_are_of_its_own_origin()
    {
        foreach (var path in SignInAddress.Bases)
        {
            using var answer = await shared.Gateway.Client.GetAsync(new Uri($"{path}/.well-known/oauth-authorization-server", UriKind.Relative));
            var found = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal($"{shared.Gateway.Url}{path}/oauth/device_authorization", found.GetProperty("device_authorization_endpoint").GetString());
            Assert.Equal($"{shared.Gateway.Url}{path}/oauth/token", found.GetProperty("token_endpoint").GetString());
            Assert.Equal(1, found.GetProperty("gateway_protocol_version").GetInt32());
            Assert.Equal(HttpStatusCode.BadRequest, (await shared.PostAsync(path + "/oauth/token", null, ("grant_type", "x"))).Status);
        }
    }

    [Fact]
    public async Task A_device_is_signed_in_over_two_instances_and_its_requests_are_the_users()
    {
        shared.Company.Add("ada", "engineering", "chess");
        await using var second = await shared.Gateway.OpenDoorAsync(settings: [.. shared.Company.Settings.Select(s => $"--{s.Key}={s.Value}")]);
        var other = second.Urls.First();
        var device = await shared.BeginAsync();
        Assert.Equal(600, device.GetProperty("expires_in").GetInt32());
        Assert.Matches("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$", device.GetProperty("user_code").GetString());
        Assert.Equal(["400", "authorization_pending"], ErrorOf(await shared.PollAsync(device, other)));
        using var browser = SignInGateway.Browser();
        var (status, page) = await shared.SignInAtCompanyAsync(browser, device, "ada", other);
        Assert.True(status == HttpStatusCode.OK, page);
        Assert.Contains("ada@example.com", page);
        // Nobody has an account for having signed in only.
        Assert.DoesNotContain("ada@", (await shared.Gateway.AdminAsync(HttpMethod.Get, "/admin/v1/users?limit=1000")).ToString());
        Assert.Equal(HttpStatusCode.OK, (await shared.DecideAsync(browser, device, approve: true, other)).Status);
        await Task.Delay(SignInGateway.BetweenPolls);
        var (granted, tokens) = await shared.PollAsync(device);
        Assert.Equal(
            (HttpStatusCode.OK, "Bearer", "ada@example.com"),
            (granted, tokens.GetProperty("token_type").GetString(), tokens.GetProperty("email").GetString()));
        Assert.InRange(tokens.GetProperty("expires_in").GetInt32(), 3500, 3600);
        await Task.Delay(SignInGateway.BetweenPolls);
        Assert.Equal(["400", "expired_token"], ErrorOf(await shared.PollAsync(device, other)));

        var user = await shared.UserAsync("ada");
        Assert.Equal(shared.Team, user.GetProperty("teamId").GetString());
        var access = tokens.GetProperty("access_token").GetString()!;
        foreach (var door in new[] { shared.Gateway.Url, other })
            Assert.Equal(HttpStatusCode.OK, (await shared.AskAsync(access, url: door)).Status);
        var id = user.GetProperty("id").GetString()!;
        await UntilCountedAsync(id, 2);
        var events = await shared.Gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/users/{id}/events");
        Assert.All(events.GetProperty("data").EnumerateArray(), e => Assert.Equal(id, e.GetProperty("key_id").GetString()));
    }

    [Fact]
    public async Task Polls_that_come_too_soon_are_told_to_slow_down()
    {
        // Long enough for a machine that is slow to answer the second one.
        string[] settings = [.. shared.Company.Settings.Select(s => $"--{s.Key}={s.Value}"), "--GATEWAY_SIGN_IN_POLL_SECONDS=60"];
        await using var one = await shared.Gateway.OpenDoorAsync(settings: settings);
        await using var other = await shared.Gateway.OpenDoorAsync(settings: settings);
        var (first, second) = (one.Urls.First(), other.Urls.First());
        var device = await shared.BeginAsync(url: first);
        await AssertOneIsToldAsync(shared.PollAsync(device, first), shared.PollAsync(device, first));
        // Neither instance has seen the other's: the device's own state has.
        var another = await shared.BeginAsync(url: first);
        await AssertOneIsToldAsync(shared.PollAsync(another, first), shared.PollAsync(another, second));
    }

    [Fact]
    public async Task A_teams_admin_changes_its_people_and_not_those_who_are_admins()
    {
        shared.Company.Add("led", "engineering");
        shared.Company.Add("chief", "engineering", "operators");
        var scope = new[] { shared.Team };
        var lead = await shared.Gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = "lead", role = "team_admin", scope });
        foreach (var (name, expected) in new[] { ("led", HttpStatusCode.OK), ("chief", HttpStatusCode.Conflict) })
        {
            await shared.SignInAsync(name);
            var id = (await shared.UserAsync(name)).GetProperty("id").GetString();
            foreach (var call in new[] { $"POST users/{id}/pause", $"POST users/{id}/sign-out", $"DELETE users/{id}" })
            {
                using var request = new HttpRequestMessage(new HttpMethod(call.Split(' ')[0]), "/admin/v1/" + call.Split(' ')[1]);
                request.Headers.Add("x-api-key", lead.GetProperty("key").GetString());
                using var answer = await shared.Gateway.Client.SendAsync(request);
                Assert.Equal(expected, answer.StatusCode);
            }
        }
    }

    private static async Task AssertOneIsToldAsync(params Task<(HttpStatusCode, JsonElement)>[] polls) => Assert.Equal(
        ["authorization_pending", "slow_down"], (await Task.WhenAll(polls)).Select(poll => ErrorOf(poll)[1]).Order(StringComparer.Ordinal));

    [Fact]
    public async Task Mistakes_of_clients_have_oauths_words()
    {
        const string Grant = "urn:ietf:params:oauth:grant-type:device_code";
        Assert.Equal(["400", "invalid_request"], ErrorOf(await shared.PostAsync("/oauth/token", null)));
        Assert.Equal(["400", "invalid_request"], ErrorOf(await shared.PostAsync("/oauth/token", null, ("grant_type", Grant))));
        Assert.Equal(["400", "invalid_request"], ErrorOf(await shared.PostAsync("/oauth/token", null, ("grant_type", "refresh_token"))));
        Assert.Equal(["400", "unsupported_grant_type"], ErrorOf(await shared.PostAsync("/oauth/token", null, ("grant_type", "password"))));
        Assert.Equal(["400", "expired_token"], ErrorOf(await shared.PostAsync("/oauth/token", null, ("grant_type", Grant), ("device_code", "../x"))));
        Assert.Equal(
            ["400", "expired_token"],
            ErrorOf(await shared.PostAsync("/oauth/token", null, ("grant_type", Grant), ("device_code", "gwd-0123456789abcdef-nothing"))));
        Assert.Equal(["401", "invalid_grant"], ErrorOf(await shared.RefreshAsync("gwr-session_nobody-nothing")));
        Assert.Equal(["401", "invalid_grant"], ErrorOf(await shared.RefreshAsync("gwr-../../all-x")));
        Assert.Equal(["400", "invalid_request"], ErrorOf(await shared.PostAsync("/oauth/revoke", null)));
        Assert.Equal(HttpStatusCode.OK, (await shared.RevokeAsync("gwu-nobody")).Status);
        Assert.Equal(HttpStatusCode.OK, (await shared.RevokeAsync("gwr-session_nobody-nothing")).Status);
        var bodies = new[] { ("application/json", "{}"), ("application/x-www-form-urlencoded", new string('a', 20_000)), ("text/plain", "a=b") };
        foreach (var (type, body) in bodies)
        {
            foreach (var path in new[] { "/oauth/token", "/oauth/device_authorization", "/oauth/revoke" })
            {
                using var content = new StringContent(body, System.Text.Encoding.UTF8, type);
                using var answer = await shared.Gateway.Client.PostAsync(new Uri(path, UriKind.Relative), content);
                Assert.Contains("invalid_request", await answer.Content.ReadAsStringAsync());
                Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            }
        }
    }

    [Fact]
    public async Task Who_denies_signs_nothing_in()
    {
        shared.Company.Add("denier", "engineering");
        var device = await shared.BeginAsync();
        using var browser = SignInGateway.Browser();
        await shared.SignInAtCompanyAsync(browser, device, "denier");
        Assert.Contains("Denied", (await shared.DecideAsync(browser, device, approve: false)).Page);
        Assert.Equal(["400", "access_denied"], ErrorOf(await shared.PollAsync(device)));
        Assert.Equal(HttpStatusCode.BadRequest, (await shared.DecideAsync(browser, device, approve: true)).Status);
    }

    [Fact]
    public async Task Who_the_provider_turns_away_gets_a_page_and_may_try_again()
    {
        shared.Company.Add("shy", "engineering");
        var device = await shared.BeginAsync();
        using var browser = SignInGateway.Browser();
        var (status, page) = await shared.SignInAtCompanyAsync(browser, device, "shy", refuse: true);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("You are not signed in", page);
        Assert.Equal(["400", "authorization_pending"], ErrorOf(await shared.PollAsync(device)));
        Assert.Equal(HttpStatusCode.OK, (await shared.SignInAtCompanyAsync(browser, device, "shy")).Status);
    }

    [Fact]
    public async Task Who_belongs_to_no_team_gets_a_page_and_no_account()
    {
        shared.Company.Add("guest", "visitors");
        var device = await shared.BeginAsync();
        using var browser = SignInGateway.Browser();
        var (status, page) = await shared.SignInAtCompanyAsync(browser, device, "guest");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("guest@example.com belongs to no team", page);
        Assert.Equal(["400", "access_denied"], ErrorOf(await shared.PollAsync(device)));
        Assert.DoesNotContain("guest@", (await shared.Gateway.AdminAsync(HttpMethod.Get, "/admin/v1/users?limit=1000")).ToString());
    }

    [Fact]
    public async Task Pages_take_forms_from_themselves_only_and_belong_to_one_browser()
    {
        shared.Company.Add("target", "engineering");
        var device = await shared.BeginAsync();
        var code = device.GetProperty("user_code").GetString()!;
        using (var form = await shared.Gateway.Client.GetAsync(new Uri(device.GetProperty("verification_uri_complete").GetString()!)))
        {
            var page = await form.Content.ReadAsStringAsync();
            Assert.Contains($"value=\"{code}\"", page);
            Assert.DoesNotContain("<script", page);
            var policy = form.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy);
            Assert.Contains("form-action 'self'", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
        }

        using var browser = SignInGateway.Browser();
        Assert.Equal(
            HttpStatusCode.Forbidden, (await SignInGateway.SubmitAsync(browser, shared.Gateway.Url, "/device", code, "https://evil.example")).Status);
        Assert.Equal(HttpStatusCode.OK, (await shared.SignInAtCompanyAsync(browser, device, "target")).Status);
        // Another browser has the code, and neither the cookie nor a way to take the device over.
        using var thief = SignInGateway.Browser();
        Assert.Equal(HttpStatusCode.BadRequest, (await SignInGateway.SubmitAsync(thief, shared.Gateway.Url, "/device", code)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await shared.DecideAsync(thief, device, approve: true)).Status);
        Assert.Equal(
            HttpStatusCode.Forbidden, (await SignInGateway.SubmitAsync(browser, shared.Gateway.Url, "/device/approve", code, "null")).Status);
        Assert.Equal(["400", "authorization_pending"], ErrorOf(await shared.PollAsync(device)));
        using var odd = await shared.Gateway.Client.GetAsync(new Uri("/device?user_code=%3Cscript%3E", UriKind.Relative));
        Assert.DoesNotContain("<script", await odd.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Codes_that_are_tried_and_devices_that_are_begun_are_bounded_by_address()
    {
        await using var door = await shared.Gateway.OpenDoorAsync(settings: [.. shared.Company.Settings.Select(s => $"--{s.Key}={s.Value}")]);
        var url = door.Urls.First();
        using var browser = SignInGateway.Browser();
        for (var i = 0; i < SignInLimits.CodesPerAddress; i++)
            Assert.Equal(HttpStatusCode.BadRequest, (await SignInGateway.SubmitAsync(browser, url, "/device", "BBBB-BBBB")).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SignInGateway.SubmitAsync(browser, url, "/device", "BBBB-BBBB")).Status);
        for (var i = 0; i < SignInLimits.StartsPerAddress; i++)
            await shared.BeginAsync(url: url);
        Assert.Equal(["429", "slow_down"], ErrorOf(await shared.PostAsync("/oauth/device_authorization", url, ("surface", "claude_code"))));
    }

    [Fact]
    public async Task Behind_a_proxy_the_public_address_is_told_and_clear_text_is_refused()
    {
        string[] settings = [.. shared.Company.Settings.Select(s => $"--{s.Key}={s.Value}"), "--GATEWAY_HOSTS=*"];
        await using var door = await shared.Gateway.OpenDoorAsync(settings: settings);
        var url = door.Urls.First();
        Assert.Equal("https://gw.example.com/oauth/token", (await DiscoverAsync(url, "https")).GetProperty("token_endpoint").GetString());
        Assert.Equal("invalid_request", (await DiscoverAsync(url, "http")).GetProperty("error").GetString());

        async Task<JsonElement> DiscoverAsync(string url, string scheme)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url + "/.well-known/oauth-authorization-server");
            request.Headers.Add("X-Forwarded-Proto", scheme);
            request.Headers.Add("X-Forwarded-Host", "gw.example.com");
            request.Headers.Add("X-Forwarded-For", "203.0.113.7");
            using var answer = await shared.Gateway.Client.SendAsync(request);
            return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.Clone();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_revoked_token_ends_its_session_within_seconds(bool byRefreshToken)
    {
        var name = byRefreshToken ? "leaves-by-refresh" : "leaves-by-access";
        shared.Company.Add(name, "engineering");
        var (access, refresh) = await shared.SignInAsync(name);
        Assert.Equal(HttpStatusCode.OK, (await shared.AskAsync(access)).Status);
        Assert.Equal(HttpStatusCode.OK, (await shared.RevokeAsync(byRefreshToken ? refresh : access)).Status);
        Assert.Equal(["401", "invalid_grant"], ErrorOf(await shared.RefreshAsync(refresh)));
        await shared.UntilAsync(access, HttpStatusCode.Unauthorized, "This sign-in is over");
    }

    [Fact]
    public async Task Admins_pause_sign_out_and_delete_users_within_seconds()
    {
        shared.Company.Add("watched", "engineering");
        var (access, refresh) = await shared.SignInAsync("watched");
        await shared.UntilAsync(access, HttpStatusCode.OK, "");
        var id = (await shared.UserAsync("watched")).GetProperty("id").GetString();
        await shared.Gateway.AdminAsync(HttpMethod.Post, $"/admin/v1/users/{id}/pause");
        await shared.UntilAsync(access, HttpStatusCode.Forbidden, "Your account is paused");
        await shared.Gateway.AdminAsync(HttpMethod.Post, $"/admin/v1/users/{id}/resume");
        await shared.UntilAsync(access, HttpStatusCode.OK, "");
        await shared.Gateway.AdminAsync(HttpMethod.Post, $"/admin/v1/users/{id}/sign-out");
        await shared.UntilAsync(access, HttpStatusCode.Unauthorized, "You have been signed out");
        Assert.Equal(["401", "invalid_grant"], ErrorOf(await shared.RefreshAsync(refresh)));
        (access, refresh) = await shared.SignInAsync("watched");
        await shared.UntilAsync(access, HttpStatusCode.OK, "");
        await shared.Gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/users/{id}");
        await shared.UntilAsync(access, HttpStatusCode.Unauthorized, "your account was deleted");
        Assert.Equal(["401", "invalid_grant"], ErrorOf(await shared.RefreshAsync(refresh)));
    }

    [Fact]
    public async Task A_users_budget_is_held_and_told()
    {
        shared.Company.Add("spender", "engineering");
        var (access, _) = await shared.SignInAsync("spender");
        var id = (await shared.UserAsync("spender")).GetProperty("id").GetString();
        await shared.Gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/users/{id}", new { budget = new { amount = 0.0001, period = "month" } });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/oauth/usage");
        request.Headers.Authorization = new("Bearer", access);
        using var usage = await shared.Gateway.Client.SendAsync(request);
        Assert.Contains("\"group\":\"monthly\"", await usage.Content.ReadAsStringAsync());
        await UntilStatusAsync(access, "native/model-4.5", HttpStatusCode.PaymentRequired);
    }

    private async Task UntilStatusAsync(string token, string model, HttpStatusCode expected)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (await shared.AskAsync(token, model) is var (status, text, _) && status != expected)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"still {status}: {text}");
            await Task.Delay(100);
        }
    }

    private async Task UntilCountedAsync(string user, int requests)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (await CountedAsync() < requests)
            await Task.Delay(25, limit.Token);

        async Task<int> CountedAsync() => (await shared.Gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/users/{user}/usage"))
            .GetProperty("totals").GetProperty("requests").GetInt32();
    }
}
