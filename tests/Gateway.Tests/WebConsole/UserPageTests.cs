using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.WebConsole;

/// <summary>Those who sign in are found, limited and stopped in a browser.</summary>
public sealed class UserPageTests(ConsoleGateway shared) : IClassFixture<ConsoleGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task A_user_is_found_limited_paused_signed_out_and_deleted_and_markup_in_a_name_is_text()
    {
        var team = await TeamAsync("people");
        var name = "Ada " + ConsoleGateway.Markup;
        var id = await Scenes.SignInAsync(_gateway, team, "ada", name, ConsoleGateway.Markup);
        await Scenes.SignInAsync(_gateway, team, "grace", "Grace");
        using var browser = await shared.SignInAsync();
        var found = await browser.GetAsync("/console/users?search=ADA%40example");
        Assert.Contains(name, found.Text);
        Assert.DoesNotContain("Grace", found.Text);
        Assert.DoesNotContain("<img src=x", found.Html);
        Assert.Contains("Grace", (await browser.GetAsync("/console/users?teamId=" + Uri.EscapeDataString(team))).Text);
        Assert.Contains("There is no such user", (await browser.GetAsync("/console/users?search=nobody")).Text);

        var path = "/console/users/" + Uri.EscapeDataString(id);
        var page = await browser.GetAsync(path);
        Assert.DoesNotContain("<img src=x", page.Html);
        Assert.Contains("https://login.example.com/", page.Text);
        Dictionary<string, string> change = new()
        {
            ["name"] = "Ada Lovelace",
            ["teamId"] = team,
            ["models"] = "demo/*\r\ngroup:small",
            ["amount"] = "7",
            ["period"] = "day",
            ["enforcement"] = "strict",
            ["requestsPerMinute"] = "30",
        };
        var changed = await browser.SubmitAsync(page, change, "value=\"change\"");
        // There is no such group yet: what was typed stays.
        Assert.Equal(400, changed.Status);
        Assert.Contains("group:small", changed.Html);
        await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/access-groups", new { name = "small", models = new[] { "demo/echo" } });
        changed = await browser.SubmitAsync(page, change, "value=\"change\"");
        Assert.Equal((302, path), (changed.Status, changed.Location));
        page = await browser.GetAsync(path);
        Assert.Contains("Ada Lovelace", page.Text);
        Assert.Contains("0.00 USD of 7.00 USD today", page.Text);
        Assert.Contains("href=\"/console/access-groups/small\"", page.Html);
        Assert.Contains("requests a minute", page.Text);

        await browser.SubmitAsync(page, new() { ["do"] = "sign-out" }, "value=\"act\"");
        Assert.True((await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/users/" + id)).TryGetProperty("signedOutAt", out _));
        await browser.SubmitAsync(page, new() { ["do"] = "pause" }, "value=\"act\"");
        Assert.Contains("paused", (await browser.GetAsync(path)).Text);
        await browser.SubmitAsync(page, new() { ["do"] = "resume" }, "value=\"act\"");
        Assert.Contains("active", (await browser.GetAsync(path)).Text);
        await browser.SubmitAsync(page, new() { ["sure"] = "on" }, "value=\"delete\"");
        page = await browser.GetAsync(path);
        Assert.Contains("deleted", page.Text);
        Assert.DoesNotContain("name=\"do\"", page.Html);
        Assert.Contains("user.signed_out", (await browser.GetAsync("/console/trouble/audit?target=" + Uri.EscapeDataString(id))).Text);
        Assert.Equal(404, (await browser.GetAsync("/console/users/user%3Anobody")).Status);
    }

    [Fact]
    public async Task Who_may_only_read_changes_no_user_and_who_has_a_scope_sees_its_own()
    {
        var (mine, other) = (await TeamAsync("mine"), await TeamAsync("other"));
        var id = await Scenes.SignInAsync(_gateway, mine, "of-mine", "Of mine");
        var stranger = await Scenes.SignInAsync(_gateway, other, "of-other", "A stranger");
        using var reader = await shared.SignInAsync(await AdminKeyAsync("billing_reader", null));
        var page = await reader.GetAsync("/console/users/" + Uri.EscapeDataString(id));
        Assert.Equal(200, page.Status);
        Assert.DoesNotContain("name=\"do\"", page.Html);
        Assert.DoesNotContain(">Save<", page.Html);
        using var lead = await shared.SignInAsync(await AdminKeyAsync("team_admin", [mine]));
        var list = await lead.GetAsync("/console/users");
        Assert.Contains("Of mine", list.Text);
        Assert.DoesNotContain("A stranger", list.Text);
        Assert.Equal(404, (await lead.GetAsync("/console/users/" + Uri.EscapeDataString(stranger))).Status);
        page = await lead.GetAsync("/console/users/" + Uri.EscapeDataString(id));
        Assert.Equal(302, (await lead.SubmitAsync(page, new() { ["do"] = "pause" }, "value=\"act\"")).Status);
    }

    private async Task<string> TeamAsync(string name) =>
        (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { name = name + Guid.NewGuid() })).GetProperty("id").GetString()!;

    private async Task<string> AdminKeyAsync(string role, string[]? scope) =>
        (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = role, role, scope })).GetProperty("key").GetString()!;
}
