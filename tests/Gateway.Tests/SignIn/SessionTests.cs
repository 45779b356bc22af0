using System.Net;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.SignIn;

/// <summary>What becomes of those who are signed in: refreshed, moved, let go, by the word of the identity provider; and its own tokens.</summary>
public sealed class SessionTests(SignInGateway shared) : IClassFixture<SignInGateway>
{
    [Fact]
    public async Task A_refresh_brings_a_new_token_and_the_provider_is_asked()
    {
        shared.Company.Add("fresh", "engineering");
        var (access, refresh) = await shared.SignInAsync("fresh");
        var (status, tokens) = await shared.RefreshAsync(refresh);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotEqual(access, tokens.GetProperty("access_token").GetString());
        Assert.Equal(refresh, tokens.GetProperty("refresh_token").GetString());
        // Both are good: another terminal has the first.
        Assert.Equal(HttpStatusCode.OK, (await shared.AskAsync(access)).Status);
        Assert.Equal(HttpStatusCode.OK, (await shared.AskAsync(tokens.GetProperty("access_token").GetString()!)).Status);
    }

    [Fact]
    public async Task Terminals_that_refresh_at_the_same_time_ask_the_provider_once()
    {
        shared.Company.Add("terminals", "engineering");
        var (_, refresh) = await shared.SignInAsync("terminals");
        var before = shared.Company.Refreshes;
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => shared.RefreshAsync(refresh)));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.Status));
        Assert.Equal(1, shared.Company.Refreshes - before);
    }

    [Fact]
    public async Task Who_is_gone_at_the_provider_is_signed_out_at_the_refresh()
    {
        var person = shared.Company.Add("gone", "engineering");
        var (access, refresh) = await shared.SignInAsync("gone");
        shared.Company.People["gone"] = person with { IsDisabled = true };
        var (status, answer) = await shared.RefreshAsync(refresh);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_grant"), (status, answer.GetProperty("error").GetString()));
        await shared.UntilAsync(access, HttpStatusCode.Unauthorized, "This sign-in is over");
    }

    [Fact]
    public async Task Who_has_left_the_group_is_signed_out_at_the_refresh()
    {
        var person = shared.Company.Add("leaver", "engineering");
        var (_, refresh) = await shared.SignInAsync("leaver");
        shared.Company.People["leaver"] = person with { Groups = ["gardening"] };
        var (status, answer) = await shared.RefreshAsync(refresh);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_grant"), (status, answer.GetProperty("error").GetString()));
        Assert.Contains("no team", answer.GetProperty("error_description").GetString());
    }

    [Fact]
    public async Task While_the_provider_is_broken_nobody_is_signed_out()
    {
        shared.Company.Add("patient", "engineering");
        var (access, refresh) = await shared.SignInAsync("patient");
        shared.Company.Broken = true;
        try
        {
            var (status, answer) = await shared.RefreshAsync(refresh);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "temporarily_unavailable"), (status, answer.GetProperty("error").GetString()));
            Assert.Equal(HttpStatusCode.OK, (await shared.AskAsync(access)).Status);
        }
        finally
        {
            shared.Company.Broken = false;
        }
    }

    [Fact]
    public async Task The_companys_own_token_serves_in_the_place_of_a_key()
    {
        shared.Company.Add("client", "engineering");
        var token = await shared.Company.ApiTokenAsync("client");
        var (status, text, _) = await shared.AskAsync(token);
        Assert.True(status == HttpStatusCode.OK, text);
        var id = (await shared.UserAsync("client")).GetProperty("id").GetString();
        var (access, _) = await shared.SignInAsync("client");
        Assert.Equal(HttpStatusCode.OK, (await shared.AskAsync(access)).Status);
        Assert.Equal(id, (await shared.UserAsync("client")).GetProperty("id").GetString());
        await shared.Gateway.AdminAsync(HttpMethod.Post, $"/admin/v1/users/{id}/pause");
        await shared.UntilAsync(token, HttpStatusCode.Forbidden, "Your account is paused");
    }

    [Fact]
    public async Task Of_two_company_tokens_with_different_groups_the_later_one_counts_whichever_comes_last()
    {
        shared.Company.Add("mover", "engineering");
        var before = await shared.Company.ApiTokenAsync("mover");
        shared.Company.Add("mover", "engineering", "moved");
        // They are issued by the second.
        await Task.Delay(1100);
        var after = await shared.Company.ApiTokenAsync("mover");
        foreach (var token in new[] { before, after, before, after, before })
        {
            var (status, text, _) = await shared.AskAsync(token);
            Assert.True(status == HttpStatusCode.OK, text);
        }

        var user = await shared.UserAsync("mover");
        Assert.Equal(["engineering", "moved"], user.GetProperty("identityGroups").EnumerateArray().Select(g => g.GetString()).Order());
        var trail = await shared.Gateway.AdminAsync(HttpMethod.Get, "/admin/v1/audit?target=" + user.GetProperty("id").GetString());
        Assert.Equal(["user.created", "user.updated"], trail.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("action").GetString()));
    }

    [Fact]
    public async Task A_company_token_for_another_audience_or_of_nobody_here_is_refused()
    {
        shared.Company.Add("elsewhere", "engineering");
        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.AskAsync(await shared.Company.ApiTokenAsync("elsewhere", "api://another"))).Status);
        var good = await shared.Company.ApiTokenAsync("elsewhere");
        var parts = good.Split('.');
        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.AskAsync($"{parts[0]}.{parts[1]}.{new string('A', parts[2].Length)}")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.AskAsync($"eyJhbGciOiJub25lIn0.{parts[1]}.")).Status);
        shared.Company.Add("visitor", "visitors");
        var (status, text, _) = await shared.AskAsync(await shared.Company.ApiTokenAsync("visitor"));
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("belongs to no team", text);
    }

    [Fact]
    public async Task An_admin_by_group_signs_in_for_the_admin_api_and_for_nothing_else()
    {
        shared.Company.Add("operator", "operators");
        shared.Company.Add("auditor", "auditors", "engineering");
        var (operate, _) = await shared.SignInAsync("operator", "openid admin");
        var (audit, _) = await shared.SignInAsync("auditor", "admin");
        var (model, _) = await shared.SignInAsync("auditor");
        Assert.Equal(HttpStatusCode.Created, await AdminAsync(HttpMethod.Post, "keys", operate));
        Assert.Equal(HttpStatusCode.Forbidden, await AdminAsync(HttpMethod.Post, "keys", audit));
        Assert.Equal(HttpStatusCode.OK, await AdminAsync(HttpMethod.Get, "audit", audit));
        Assert.Equal(HttpStatusCode.Unauthorized, await AdminAsync(HttpMethod.Get, "audit", model));
        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.AskAsync(audit)).Status);
        Assert.Equal(HttpStatusCode.OK, await AdminAsync(HttpMethod.Get, "audit", await shared.Company.ApiTokenAsync("auditor")));
        var made = await shared.Gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/audit?order=newest&limit=100");
        Assert.Contains(
            made.GetProperty("data").EnumerateArray(),
            e => e.GetProperty("action").GetString() == "key.created" && e.GetProperty("actor").GetProperty("name").GetString() == "operator@example.com");

        var id = (await shared.UserAsync("operator")).GetProperty("id").GetString();
        await shared.Gateway.AdminAsync(HttpMethod.Post, $"/admin/v1/users/{id}/sign-out");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (await AdminAsync(HttpMethod.Get, "keys", operate) != HttpStatusCode.Unauthorized)
        {
            Assert.True(clock.Elapsed < TestGateway.Timeout);
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task Without_a_role_nobody_signs_in_for_the_admin_api()
    {
        shared.Company.Add("curious", "engineering");
        var device = await shared.BeginAsync("admin");
        using var browser = SignInGateway.Browser();
        var (status, page) = await shared.SignInAtCompanyAsync(browser, device, "curious");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("no administrator", page);
    }

    [Fact]
    public async Task A_sign_in_outlives_a_restart_between_its_steps()
    {
        shared.Company.Add("survivor", "engineering");
        await using var gateway = await TestGateway.StartAsync(shared.Company.Settings);
        var team = (await gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { })).GetProperty("id").GetString();
        await gateway.AdminAsync(HttpMethod.Put, "/admin/v1/sign-in", new { rules = new[] { new { teamId = team } } });
        var device = await shared.BeginAsync(url: gateway.Url);
        await RestartAsync(gateway);
        using var browser = SignInGateway.Browser();
        var (status, page) = await shared.SignInAtCompanyAsync(browser, device, "survivor", gateway.Url);
        Assert.True(status == HttpStatusCode.OK, page);
        Assert.Equal(HttpStatusCode.OK, (await shared.DecideAsync(browser, device, approve: true, gateway.Url)).Status);
        await RestartAsync(gateway);
        (status, var tokens) = await shared.PollAsync(device, gateway.Url);
        Assert.True(status == HttpStatusCode.OK, tokens.ToString());
        Assert.Equal(HttpStatusCode.OK, (await shared.AskAsync(tokens.GetProperty("access_token").GetString()!, url: gateway.Url)).Status);
    }

    [Fact]
    public async Task Without_a_provider_there_is_nothing_of_it()
    {
        await using var door = await shared.Gateway.OpenDoorAsync();
        foreach (var path in new[] { "/.well-known/oauth-authorization-server", "/device", "/oauth/callback" })
        {
            using var answer = await shared.Gateway.Client.GetAsync(new Uri(door.Urls.First() + path));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    private async Task RestartAsync(TestGateway gateway)
    {
        await gateway.StopGatewayAsync();
        await gateway.StartGatewayAsync(shared.Company.Settings);
    }

    private async Task<HttpStatusCode> AdminAsync(HttpMethod method, string path, string token)
    {
        using var request = new HttpRequestMessage(method, "/admin/v1/" + path);
        request.Headers.Authorization = new("Bearer", token);
        if (method == HttpMethod.Post)
            request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        using var answer = await shared.Gateway.Client.SendAsync(request);
        return answer.StatusCode;
    }
}
