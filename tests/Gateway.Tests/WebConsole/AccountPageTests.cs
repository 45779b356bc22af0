using System.Text.RegularExpressions;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.WebConsole;

/// <summary>Keys, teams and organisations are looked after in a browser as by the admin API.</summary>
public sealed class AccountPageTests(ConsoleGateway shared) : IClassFixture<ConsoleGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task A_key_is_made_with_limits_and_a_budget_shown_once_found_changed_paused_rotated_and_revoked()
    {
        using var browser = await shared.SignInAsync();
        var made = await browser.SubmitAsync(await browser.GetAsync("/console/keys"), new()
        {
            ["name"] = "Nightly <job>",
            ["models"] = "demo/*\r\ndemo/echo",
            ["amount"] = "12.50",
            ["currency"] = "usd",
            ["period"] = "week",
            ["enforcement"] = "soft",
            ["requestsPerMinute"] = "60",
            ["expiresAt"] = "2099-01-31T10:00",
        });
        Assert.Equal(200, made.Status);
        var secret = Regex.Match(made.Text, @"gw-[A-Za-z0-9_-]{20,}").Value;
        Assert.NotEmpty(secret);
        Assert.Contains("Nightly &lt;job&gt;", made.Html);
        var found = await browser.GetAsync("/console/keys?search=nightly");
        Assert.DoesNotContain(secret, found.Html);
        Assert.Contains("12.50 USD / week", found.Text);
        var id = Regex.Match(found.Html, "/console/keys/(key_[A-Za-z0-9_-]+)").Groups[1].Value;
        var path = "/console/keys/" + id;
        var key = await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/keys/" + id);
        Assert.Equal(["demo/*", "demo/echo"], key.GetProperty("models").EnumerateArray().Select(m => m.GetString()!));
        Assert.Equal("soft", key.GetProperty("budget").GetProperty("enforcement").GetString());
        Assert.Equal(60, key.GetProperty("limits").GetProperty("requestsPerMinute").GetInt64());
        Assert.StartsWith("2099-01-31T10:00:00", key.GetProperty("expiresAt").GetString());

        await _gateway.AdminAsync(HttpMethod.Patch, "/admin/v1/keys/" + id, new { budget = new { maxReservation = 1.5 }, metadata = new { owner = "ops" } });
        var changed = await browser.SubmitAsync(await browser.GetAsync(path), new()
        {
            ["name"] = "nightly",
            ["amount"] = "20",
            ["currency"] = "USD",
            ["period"] = "week",
            ["enforcement"] = "soft",
            ["requestsPerMinute"] = "",
            ["concurrentRequests"] = "3",
        }, "value=\"change\"");
        Assert.Equal((302, path), (changed.Status, changed.Location));
        key = await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/keys/" + id);
        Assert.Equal(20, key.GetProperty("budget").GetProperty("amount").GetDecimal());
        Assert.Equal(1.5m, key.GetProperty("budget").GetProperty("maxReservation").GetDecimal());
        Assert.Equal("ops", key.GetProperty("metadata").GetProperty("owner").GetString());
        Assert.Equal("{\"concurrentRequests\":3}", key.GetProperty("limits").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.False(key.TryGetProperty("expiresAt", out _));

        await browser.SubmitAsync(await browser.GetAsync(path), new() { ["do"] = "pause" }, "value=\"act\"");
        Assert.Contains("paused", (await browser.GetAsync(path)).Text);
        await browser.SubmitAsync(await browser.GetAsync(path), new() { ["do"] = "resume" }, "value=\"act\"");
        Assert.Contains("active", (await browser.GetAsync(path)).Text);
        var rotated = await browser.SubmitAsync(await browser.GetAsync(path), new() { ["overlap"] = "60" }, "value=\"rotate\"");
        Assert.NotEqual(secret, Regex.Match(rotated.Text, @"gw-[A-Za-z0-9_-]{20,}").Value);
        Assert.Contains("The one before works until", rotated.Text);
        await browser.SubmitAsync(await browser.GetAsync(path), new() { ["sure"] = "on" }, "value=\"revoke\"");
        var ended = await browser.GetAsync(path);
        Assert.Contains("revoked", ended.Text);
        Assert.DoesNotContain("name=\"do\"", ended.Html);
    }

    [Fact]
    public async Task A_key_shows_which_models_it_may_use_in_the_end_and_which_list_of_whom_allows_each()
    {
        await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/access-groups", new { name = "narrow", models = new[] { "demo/*", "native/model-4.5" } });
        var organization = await MadeAsync("organizations", new { name = "lists", models = new[] { "native/*", "demo/echo" } });
        var team = await MadeAsync("teams", new { name = "lists", parent = organization, models = new[] { "native/*", "translated/*" } });
        var key = await MadeAsync("keys", new { name = "lists", teamId = team, models = new[] { "group:narrow" } });
        using var browser = await shared.SignInAsync();
        var page = (await browser.GetAsync("/console/keys/" + key)).Html;
        Assert.Equal(
            [
                ["The whole list", "group:narrow", "native/*, translated/*", "native/*, demo/echo"],
                ["native/model-4.5", "group:narrow", "native/*", "native/*"],
            ],
            RowsOf(page, "Models it may use").ToArray());
        Assert.Contains("href=\"/console/access-groups/narrow\"", page);
        Assert.Matches("By\\s+the team\\s+<a href=\"/console/teams/" + Regex.Escape(Uri.EscapeDataString(team)), page);

        await _gateway.AdminAsync(HttpMethod.Patch, "/admin/v1/teams/" + team, new { models = new[] { "translated/*" } });
        var none = await browser.GetAsync("/console/keys/" + key);
        Assert.Contains("None: no model of the catalog is in every list.", none.Text);
        Assert.Single(RowsOf(none.Html, "Models it may use"));
        var free = await browser.GetAsync("/console/keys/" + await MadeAsync("keys", new { name = "free" }));
        Assert.Contains("Every model of the catalog", free.Text);
    }

    private async Task<string> MadeAsync(string kind, object body) =>
        (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/" + kind, body)).GetProperty("id").GetString()!;

    /// <summary>The text of a table's body, by rows and cells.</summary>
    private static IEnumerable<string[]> RowsOf(string html, string label)
    {
        var table = Regex.Match(html, $"aria-label=\"{label}\">.*?<tbody>(.*?)</tbody>", RegexOptions.Singleline).Groups[1].Value;
        foreach (Match row in Regex.Matches(table, "<tr>(.*?)</tr>", RegexOptions.Singleline))
        {
            yield return
            [
                .. Regex.Matches(row.Groups[1].Value, "<t[hd][^>]*>(.*?)</t[hd]>", RegexOptions.Singleline)
                    .Select(cell => Regex.Replace(Regex.Replace(cell.Groups[1].Value, "<[^>]+>", ""), "\\s+", " "))
                    .Select(text => text.Trim().Replace(" ,", ",", StringComparison.Ordinal)),
            ];
        }
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_form_is_told_at_once_and_what_was_typed_stays()
    {
        using var browser = await shared.SignInAsync();
        var refused = await browser.SubmitAsync(await browser.GetAsync("/console/keys"), new()
        {
            ["name"] = "wrong",
            ["models"] = "no-such-model",
            ["amount"] = "a lot",
            ["currency"] = "USD",
            ["period"] = "month",
            ["enforcement"] = "strict",
            ["requestsPerMinute"] = "-1",
        });
        Assert.Equal(400, refused.Status);
        Assert.Contains("limits.requestsPerMinute", refused.Text);
        Assert.Contains("a lot", refused.Html);
        Assert.Contains("no-such-model", refused.Html);
        var negative = await browser.SubmitAsync(refused, new()
        {
            ["name"] = "wrong",
            ["models"] = "no-such-model",
            ["amount"] = "-1",
            ["currency"] = "USD",
            ["period"] = "month",
            ["enforcement"] = "strict",
            ["requestsPerMinute"] = "-1",
        });
        Assert.Contains("budget.amount", negative.Text);
        Assert.Contains("models[0]", negative.Text);
        Assert.Equal(404, (await browser.GetAsync("/console/keys/key_nobody")).Status);
    }

    [Fact]
    public async Task Teams_and_organisations_have_pages_and_markup_in_their_names_is_text()
    {
        using var browser = await shared.SignInAsync();
        var organization = await browser.SubmitAsync(await browser.GetAsync("/console/organizations"), new() { ["name"] = ConsoleGateway.Markup + "org" });
        Assert.StartsWith("/console/organizations/org", organization.Location);
        var parent = Uri.UnescapeDataString(organization.Location!["/console/organizations/".Length..]);
        var team = await browser.SubmitAsync(await browser.GetAsync("/console/teams?parent=" + Uri.EscapeDataString(parent)), new()
        {
            ["name"] = ConsoleGateway.Markup,
            ["parent"] = parent,
            ["amount"] = "5",
            ["period"] = "month",
            ["enforcement"] = "strict",
        });
        Assert.StartsWith("/console/teams/team", team.Location);
        var page = await browser.GetAsync(team.Location!);
        Assert.DoesNotContain("<img src=x", page.Html);
        Assert.Contains(ConsoleGateway.Markup, System.Net.WebUtility.HtmlDecode(page.Html));
        Assert.Contains("0.00 USD of 5.00 USD this month", page.Text);
        var id = Uri.UnescapeDataString(team.Location!["/console/teams/".Length..]);
        var itsKeys = "/console/keys?teamId=" + Uri.EscapeDataString(id);
        await browser.SubmitAsync(await browser.GetAsync(itsKeys), new() { ["name"] = "of the team", ["teamId"] = id });
        var keys = await browser.GetAsync(itsKeys);
        Assert.Contains("of the team", keys.Text);
        Assert.DoesNotContain("<img src=x", (await browser.GetAsync("/console/teams")).Html);
        foreach (var (kind, found) in new[] { ("teams", id), ("organizations", parent) })
        {
            Assert.Contains(found, (await browser.GetAsync($"/console/{kind}?search={Uri.EscapeDataString(found.ToUpperInvariant())}")).Text);
            var none = await browser.GetAsync($"/console/{kind}?search=nobody");
            Assert.DoesNotContain(found, none.Text);
            Assert.Contains("There is no such", none.Text);
        }

        await browser.SubmitAsync(page, new() { ["do"] = "pause" }, "value=\"act\"");
        Assert.Contains("paused", (await browser.GetAsync(team.Location!)).Text);
        await browser.SubmitAsync(page, new() { ["sure"] = "on" }, "value=\"delete\"");
        Assert.Contains("deleted", (await browser.GetAsync(team.Location!)).Text);
        Assert.Contains("team.deleted", (await browser.GetAsync("/console/trouble/audit?target=" + Uri.EscapeDataString(id))).Text);
    }

    [Fact]
    public async Task Long_lists_go_on_by_their_cursor()
    {
        await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/keys/bulk", new { keys = Enumerable.Range(0, 60).Select(n => new { name = $"many-{n:00}" }) });
        using var browser = await shared.SignInAsync();
        var names = new List<string>();
        for (var path = "/console/keys?search=many-"; path is not null;)
        {
            var page = await browser.GetAsync(path);
            names.AddRange(Regex.Matches(page.Text, @"many-\d\d").Select(m => m.Value));
            var next = Regex.Match(page.Html, "rel=\"next\" href=\"([^\"]+)\"");
            path = next.Success ? System.Net.WebUtility.HtmlDecode(next.Groups[1].Value) : null;
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(n => $"many-{n:00}"), names);
    }

    [Fact]
    public async Task Who_may_only_read_is_offered_no_change_and_who_has_a_scope_sees_what_is_in_it()
    {
        var reader = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = "accounts reader", role = "billing_reader" });
        using var browser = await shared.SignInAsync(reader.GetProperty("key").GetString()!);
        var keys = await browser.GetAsync("/console/keys");
        Assert.DoesNotContain("Make a key", keys.Text);
        Assert.DoesNotContain("Trouble", keys.Text);
        Assert.Equal(403, (await browser.GetAsync("/console/trouble")).Status);
        Assert.Equal(403, (await browser.GetAsync("/console/trouble/audit")).Status);
        var team = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { name = "a team of its own" });
        var scope = new[] { team.GetProperty("id").GetString()! };
        var lead = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = "its lead", role = "team_admin", scope });
        await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/keys", new { name = "somebody else's" });
        using var scoped = await shared.SignInAsync(lead.GetProperty("key").GetString()!);
        Assert.DoesNotContain("somebody else's", (await scoped.GetAsync("/console/keys")).Text);
        Assert.Equal(403, (await scoped.GetAsync("/console/spend")).Status);
        var made = await scoped.SubmitAsync(await scoped.GetAsync("/console/keys"), new() { ["name"] = "the lead's", ["teamId"] = scope[0] });
        Assert.Equal(200, made.Status);
        Assert.Contains("the lead's", (await scoped.GetAsync("/console/keys")).Text);
    }
}
