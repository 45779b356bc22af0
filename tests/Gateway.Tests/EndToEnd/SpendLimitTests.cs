using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Budgets in the shapes of Anthropic's Admin API, and what Claude Code's <c>/usage</c> asks (Claude Code on a gateway, section 9).</summary>
public sealed class SpendLimitTests : IAsyncLifetime
{
    private const string Path = "/v1/organizations/spend_limits";

    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_limit_is_the_budget_of_the_admin_api_and_the_other_way_round()
    {
        var (id, _) = await _gateway.CreateKeyAsync(new { name = "one" });
        var set = await SetAsync($$"""{"scope":{"type":"user","user_id":"{{id}}"},"amount":"2550","period":"weekly","new_member":1}""");
        Assert.Equal(
            ("spend_limit", "spl_" + id, "user", id, "2550", "USD", "weekly"),
            (Text(set, "type"), Text(set, "id"), (string)set["scope"]!["type"]!, (string)set["scope"]!["user_id"]!, Text(set, "amount"), Text(set, "currency"),
                Text(set, "period")));
        Assert.False(set.ContainsKey("pooled_budget"));
        var budget = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}")).GetProperty("budget");
        Assert.Equal((25.5m, "week", "strict"), (budget.GetProperty("amount").GetDecimal(), Of(budget, "period"), Of(budget, "enforcement")));

        // What else was decided about the budget stays.
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { budget = new { amount = 3.125m, enforcement = "soft" } });
        var read = await CallAsync(HttpMethod.Get, $"{Path}/spl_{id}");
        Assert.Equal("312.5", Text(read, "amount"));
        Assert.Equal(Text(set, "created_at"), Text(read, "created_at"));
        Assert.True(string.CompareOrdinal(Text(set, "updated_at"), Text(read, "updated_at")) < 0);
        await SetAsync($$"""{"scope":{"type":"user","user_id":"{{id}}"},"amount":"100","period":"weekly"}""");
        budget = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}")).GetProperty("budget");
        Assert.Equal((1m, "soft"), (budget.GetProperty("amount").GetDecimal(), Of(budget, "enforcement")));

        var gone = await CallAsync(HttpMethod.Delete, $"{Path}/spl_{id}");
        Assert.Equal(("spend_limit_deleted", "spl_" + id), (Text(gone, "type"), Text(gone, "id")));
        Assert.False((await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}")).TryGetProperty("budget", out _));
        await RefusedAsync(HttpMethod.Get, $"{Path}/spl_{id}", null, HttpStatusCode.NotFound, "not_found_error", "There is no spend limit");
        await RefusedAsync(HttpMethod.Delete, $"{Path}/spl_{id}", null, HttpStatusCode.NotFound, "not_found_error", "There is no spend limit");
    }

    [Fact]
    public async Task A_groups_limit_is_one_for_all_its_keys_and_says_so()
    {
        var organization = await GroupAsync("organizations", new { name = "o" });
        var team = await GroupAsync("teams", new { name = "t", parent = organization });
        var ofTeam = await SetAsync(
            $$$"""{"scope":{"type":"rbac_group","rbac_group_id":"{{{team}}}"},"amount":"5000","pooled_budget":{"amount":"5000","paused":false}}""");
        Assert.Equal(("spl_team_" + team[5..], "monthly"), (Text(ofTeam, "id"), Text(ofTeam, "period")));
        var pool = ofTeam["pooled_budget"]!;
        Assert.Equal(("5000", false, "0"), ((string)pool["amount"]!, (bool)pool["paused"]!, (string)pool["period_to_date_spend"]!));
        // There is one organisation, so it need not be named.
        var ofOrganization = await SetAsync("""{"scope":{"type":"organization"},"amount":"90000","period":"daily"}""");
        Assert.Equal((organization, "spl_org_" + organization[4..]), ((string)ofOrganization["scope"]!["organization_id"]!, Text(ofOrganization, "id")));
        var shown = await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/organizations/{organization}");
        Assert.Equal("day", Of(shown.GetProperty("budget"), "period"));
        Assert.Equal("90000", Text(await CallAsync(HttpMethod.Get, $"{Path}/{Text(ofOrganization, "id")}"), "amount"));

        var none = await SetAsync($$"""{"scope":{"type":"rbac_group","rbac_group_id":"{{team}}"},"amount":null}""");
        Assert.Null(none["amount"]);
        Assert.True(none.ContainsKey("amount"));
        Assert.False((await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/teams/{team}")).TryGetProperty("budget", out _));
    }

    [Theory]
    [InlineData("no json", "request body")]
    [InlineData("[]", "request body")]
    [InlineData("""{"amount":"1"}""", "scope: ")]
    [InlineData("""{"scope":{"type":"galaxy"},"amount":"1"}""", "scope.type")]
    [InlineData("""{"scope":{"type":"user","user_id":"somebody@example.org"},"amount":"1"}""", "users are keys here")]
    [InlineData("""{"scope":{"type":"user","user_id":"key_0"},"amount":"1"}""", "there is no key_0")]
    [InlineData("""{"scope":{"type":"rbac_group","rbac_group_id":"KEY"},"amount":"1"}""", "the id of a team")]
    [InlineData("""{"scope":{"type":"organization"},"amount":"1"}""", "there is no organisation")]
    [InlineData("""{"scope":{"type":"user","user_id":"KEY"}}""", "amount: should be there")]
    [InlineData("""{"scope":{"type":"user","user_id":"KEY"},"amount":5}""", "whole cents as text")]
    [InlineData("""{"scope":{"type":"user","user_id":"KEY"},"amount":"1.5"}""", "whole cents as text")]
    [InlineData("""{"scope":{"type":"user","user_id":"KEY"},"amount":"-1"}""", "whole cents as text")]
    [InlineData("""{"scope":{"type":"user","user_id":"KEY"},"amount":"0"}""", "above 0")]
    [InlineData("""{"scope":{"type":"user","user_id":"KEY"},"amount":"999999999999999999"}""", "amount: ")]
    [InlineData("""{"scope":{"type":"user","user_id":"KEY"},"amount":"1","period":"yearly"}""", "period: ")]
    [InlineData("""{"scope":{"type":"user","user_id":"KEY"},"amount":"1","currency":"EUR"}""", "currency: ")]
    [InlineData("""{"scope":{"type":"user","user_id":"KEY"},"amount":"1","pooled_budget":{"amount":"1"}}""", "pooled_budget: is for groups")]
    [InlineData("""{"scope":{"type":"rbac_group","rbac_group_id":"TEAM"},"amount":"1","pooled_budget":{"amount":"2"}}""", "should equal pooled_budget.amount")]
    [InlineData("""{"scope":{"type":"rbac_group","rbac_group_id":"TEAM"},"pooled_budget":{"amount":"2","paused":true}}""", "cannot be paused")]
    [InlineData("""{"scope":{"type":"user","user_id":"MONTHLY"},"amount":"1","period":"daily"}""", "there is a monthly limit already")]
    [InlineData("""{"scope":{"type":"user","user_id":"KEY"},"amount":"1","amount":"2"}""", "given twice")]
    [InlineData("""{"scope":{"type":"user","user_id":"\ud800"},"amount":"1"}""", "half of a character")]
    public async Task A_limit_that_cannot_be_is_refused_by_its_member(string body, string message)
    {
        var (key, _) = await _gateway.CreateKeyAsync();
        var (monthly, _) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1, period = "month" } });
        var team = await GroupAsync("teams", new { name = "t" });
        body = body.Replace("\"KEY\"", $"\"{key}\"").Replace("MONTHLY", monthly).Replace("TEAM", team);
        await RefusedAsync(HttpMethod.Post, Path, body, HttpStatusCode.BadRequest, "invalid_request_error", message);
    }

    [Fact]
    public async Task Limits_are_listed_in_pages_in_both_directions()
    {
        var ids = new List<string>();
        var organization = await GroupAsync("organizations", new { budget = new { amount = 9, period = "total" } });
        ids.Add("spl_org_" + organization[4..]);
        for (var i = 0; i < 3; i++)
        {
            await _gateway.CreateKeyAsync(new { name = "without" });
            ids.Add("spl_" + (await _gateway.CreateKeyAsync(new { budget = new { amount = i + 1, period = "day" } })).Id);
        }

        ids.Insert(1, "spl_team_" + (await GroupAsync("teams", new { budget = new { amount = 5, period = "week" } }))[5..]);
        var all = await CallAsync(HttpMethod.Get, Path);
        Assert.Equal(ids, Ids(all));
        Assert.Equal((false, ids[0], ids[^1]), ((bool)all["has_more"]!, Text(all, "first_id"), Text(all, "last_id")));
        Assert.Equal("total", (string)all["data"]![0]!["period"]!);
        Assert.Equal(ids[2..], Ids(await CallAsync(HttpMethod.Get, Path + "?scope_type=user")));
        Assert.Equal(ids[1..2], Ids(await CallAsync(HttpMethod.Get, Path + "?scope_type=rbac_group")));

        var forward = new List<string>();
        for (var query = "?limit=2"; ;)
        {
            var page = await CallAsync(HttpMethod.Get, Path + query);
            forward.AddRange(Ids(page));
            if (!(bool)page["has_more"]!)
                break;
            query = $"?limit=2&after_id={Text(page, "last_id")}";
        }

        Assert.Equal(ids, forward);
        var before = await CallAsync(HttpMethod.Get, $"{Path}?limit=2&before_id={ids[4]}");
        Assert.Equal((true, ids[2]), ((bool)before["has_more"]!, Text(before, "first_id")));
        Assert.Equal(ids[2..4], Ids(before));
        before = await CallAsync(HttpMethod.Get, $"{Path}?limit=2&before_id={ids[2]}");
        Assert.Equal(ids[..2], Ids(before));
        Assert.False((bool)before["has_more"]!);
        foreach (var (query, message) in new[]
        {
            ("?limit=0", "limit: "), ("?limit=x", "limit: "), ("?after_id=spl_key_0", "after_id: "), ("?before_id=x", "before_id: "),
            ("?scope_type=x", "scope_type: "), ($"?after_id={ids[0]}&before_id={ids[1]}", "after_id: "),
        })
            await RefusedAsync(HttpMethod.Get, Path + query, null, HttpStatusCode.BadRequest, "invalid_request_error", message);
    }

    [Fact]
    public async Task Every_change_is_in_the_audit_by_whichever_call_it_was_made()
    {
        var (id, _) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1, period = "day" } });
        await SetAsync($$"""{"scope":{"type":"user","user_id":"{{id}}"},"amount":"200","period":"daily"}""");
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { name = "renamed" });
        await CallAsync(HttpMethod.Delete, $"{Path}/spl_{id}");
        var audit = await CallAsync(HttpMethod.Get, Path + "/audit?limit=2");
        Assert.True((bool)audit["has_more"]!);
        var rest = await CallAsync(HttpMethod.Get, $"{Path}/audit?after_id={audit["data"]![1]!["id"]}");
        var events = audit["data"]!.AsArray().Concat(rest["data"]!.AsArray()).ToList();
        Assert.Equal(
            [("spend_limit.delete", "200", null), ("spend_limit.upsert", "100", "200"), ("spend_limit.upsert", null, "100")],
            events.Select(e => ((string)e!["action"]!, (string?)e["before"]?["amount"], (string?)e["after"]?["amount"])));
        Assert.All(events, e => Assert.Equal(("audit_event", "admin-key", "spl_" + id), ((string)e!["type"]!, (string)e["actor"]!, (string)e["target_id"]!)));
        await RefusedAsync(HttpMethod.Get, Path + "/audit?after_id=x", null, HttpStatusCode.BadRequest, "invalid_request_error", "after_id: ");
    }

    [Fact]
    public async Task What_holds_for_a_key_is_its_own_limit_or_else_its_groups()
    {
        var team = await GroupAsync("teams", new { budget = new { amount = 50, period = "month" } });
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "n", teamId = team, budget = new { amount = 1, period = "day", enforcement = "soft" } });
        await SpendAsync(id, key);
        var lines = (await CallAsync(HttpMethod.Get, $"{Path}/effective?user_ids[]={id}"))["data"]!.AsArray();
        Assert.Equal(
            [("daily", "100", "spl_" + id), ("weekly", null, null), ("monthly", "5000", "spl_team_" + team[5..])],
            lines.Select(l => ((string)l!["period"]!, (string?)l["amount"], (string?)l["spend_limit_id"])));
        Assert.All(lines, l => Assert.Equal("0.0603", (string)l!["period_to_date_spend"]!));
        var actor = lines[0]!["actor"]!;
        Assert.Equal(("user_actor", id, "n"), ((string)actor["type"]!, (string)actor["user_id"]!, (string)actor["name"]!));
        Assert.Equal("rbac_group", (string)lines[2]!["source"]!["type"]!);
        // Keys page by page.
        var first = await CallAsync(HttpMethod.Get, Path + "/effective?limit=1&period[]=monthly");
        Assert.Single(first["data"]!.AsArray());
        var second = await CallAsync(HttpMethod.Get, $"{Path}/effective?limit=1&period[]=monthly&page={Text(first, "next_page")}");
        Assert.Equal(id, (string)second["data"]![0]!["scope"]!["user_id"]!);
        Assert.Null(second["next_page"]);
        foreach (var query in new[] { "period[]=yearly", "page=nobody", "sort=spend_desc", "limit=1001" })
            await RefusedAsync(HttpMethod.Get, $"{Path}/effective?{query}", null, HttpStatusCode.BadRequest, "invalid_request_error", query.Split('=')[0]);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized, "authentication_error")]
    [InlineData("gw-nobody", HttpStatusCode.Unauthorized, "authentication_error")]
    [InlineData(TestGateway.ApiKey, HttpStatusCode.Forbidden, "permission_error")]
    public async Task Only_the_admin_key_sees_and_sets_limits(string? key, HttpStatusCode status, string type)
    {
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, ""), (HttpMethod.Get, "/effective"), (HttpMethod.Get, "/audit"), (HttpMethod.Delete, "/spl_key_default"),
        })
            await RefusedAsync(method, Path + path, null, status, type, "", key);
        await RefusedAsync(HttpMethod.Post, Path, "{}", status, type, "", key);
    }

    [Fact]
    public async Task A_body_that_is_not_called_json_is_refused_as_a_page_could_send_it()
    {
        foreach (var called in new[] { "text/plain", "application/x-www-form-urlencoded" })
        {
            using var request = TestGateway.Post(Path, """{"scope":{"type":"organization"},"amount":"1"}""", TestGateway.AdminKey);
            request.Content!.Headers.ContentType = new(called);
            using var response = await _gateway.SendAsync(request);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains("content-type: application/json", await response.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("/api")]
    [InlineData("/anthropic")]
    [InlineData("/v1/anthropic")]
    [InlineData("/v1")]
    public async Task Claude_Code_sees_what_is_spent_behind_every_base_url(string @base)
    {
        var team = await GroupAsync("teams", new { budget = new { amount = 1000, period = "month" } });
        var (id, key) = await _gateway.CreateKeyAsync(new { teamId = team, budget = new { amount = 100, period = "week", enforcement = "soft" } });
        await SpendAsync(id, key);
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { budget = new { amount = 0.00075m } });
        var usage = await CallAsync(HttpMethod.Get, @base + "/api/oauth/usage", key: key);
        Assert.Equal(
            (true, 0.075m, 0m, 80, "USD"),
            ((bool)usage["extra_usage"]!["is_enabled"]!, (decimal)usage["extra_usage"]!["monthly_limit"]!, (decimal)usage["extra_usage"]!["used_credits"]!,
                (int)usage["extra_usage"]!["utilization"]!, (string)usage["extra_usage"]!["currency"]!));
        var limits = usage["limits"]!.AsArray();
        Assert.Equal(
            [("spend", "weekly", 80, "warning", true), ("spend", "monthly", 0, "normal", false)],
            limits.Select(l => ((string)l!["kind"]!, (string)l["group"]!, (int)l["percent"]!, (string)l["severity"]!, (bool)l["is_active"]!)));
        var resets = DateTimeOffset.Parse((string)limits[0]!["resets_at"]!, CultureInfo.InvariantCulture);
        Assert.Equal((DayOfWeek.Monday, TimeSpan.Zero), (resets.DayOfWeek, resets.TimeOfDay));
    }

    [Fact]
    public async Task Without_a_limit_it_sees_what_day_week_and_month_have_cost()
    {
        var (_, key) = await _gateway.CreateKeyAsync();
        var usage = await CallAsync(HttpMethod.Get, "/api/oauth/usage", key: key);
        Assert.Equal(
            """
            {"extra_usage":{"is_enabled":true,"monthly_limit":null,"used_credits":0,"utilization":null,"currency":"USD",
            "daily":{"limit":null,"used_credits":0,"utilization":null},"weekly":{"limit":null,"used_credits":0,"utilization":null}},"limits":[]}
            """.ReplaceLineEndings(""),
            usage.ToJsonString());
        await RefusedAsync(HttpMethod.Get, "/api/oauth/usage", null, HttpStatusCode.Unauthorized, "authentication_error", "", "gw-nobody");
    }

    private async Task SpendAsync(string id, string key)
    {
        _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Json(Streams.WholeMessage));
        using (var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, id, key)))
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await _gateway.UsageAsync(id, 1);
    }

    private async Task<string> GroupAsync(string kind, object settings) =>
        (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/" + kind, settings)).GetProperty("id").GetString()!;

    private Task<JsonObject> SetAsync(string body) => CallAsync(HttpMethod.Post, Path, body);

    private async Task<JsonObject> CallAsync(HttpMethod method, string path, string? body = null, string key = TestGateway.AdminKey)
    {
        using var request = Request(method, path, body, key);
        using var response = await _gateway.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    private async Task RefusedAsync(
        HttpMethod method, string path, string? body, HttpStatusCode status, string type, string message, string? key = TestGateway.AdminKey)
    {
        using var request = Request(method, path, body, key);
        using var response = await _gateway.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{method} {path}: {(int)response.StatusCode} {text}");
        var root = JsonDocument.Parse(text).RootElement;
        Assert.Equal(("error", type), (Of(root, "type"), Of(root.GetProperty("error"), "type")));
        Assert.Contains(message, Of(root.GetProperty("error"), "message"));
        Assert.Equal(response.Headers.GetValues("request-id").Single(), Of(root, "request_id"));
        if (status == HttpStatusCode.Unauthorized)
            Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, string? body, string? key)
    {
        var request = TestGateway.Post(path, body ?? "", key);
        request.Method = method;
        if (body is null)
            request.Content = null;
        return request;
    }

    private static IEnumerable<string> Ids(JsonObject page) => page["data"]!.AsArray().Select(l => (string)l!["id"]!);

    private static string? Text(JsonObject of, string name) => (string?)of[name];

    private static string? Of(JsonElement of, string name) => of.GetProperty(name).GetString();
}
