using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Actors;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Tests.Billing;

public class RuleTests(RuleTests.Rig of) : IClassFixture<RuleTests.Rig>
{
    private const int MostValues = 3;

    private readonly BillingRig _rig = of.Billing;

    [Fact]
    public async Task A_rule_is_made_seen_changed_and_deleted_and_its_account_follows()
    {
        var team = Id(await MakeAsync("teams", "{}"));
        var rule = await MakeAsync(
            "rules", $$$"""{"name":"dear","scope":"{{{team}}}","by":"model","value":"claude-sonnet-4-5","limits":{"requestsPerMinute":7}}""");
        var id = Id(rule);
        // By whatever name it was meant, it is one model.
        Assert.Equal("anthropic/claude-sonnet-4.5", (string)rule["value"]!);
        Assert.Equal(7, (int)(await _rig.GetAsync($"/admin/v1/rules/{id}")).Body["status"]!["requests"]!["limit"]!);
        Assert.Equal([id], (await StoredAsync()).Rules.Where(r => r.Scope == team).Select(r => r.Id));

        var (status, changed) = await _rig.SendAsync(
            HttpMethod.Patch, $"/admin/v1/rules/{id}", """{"limits":null,"budget":{"amount":5,"period":"day"},"name":null}""");
        Assert.Equal((HttpStatusCode.OK, 5m, null), (status, (decimal)changed["budget"]!["amount"]!, changed["limits"]));
        await BillingRig.UntilAsync(async () => (await _rig.Account(id).GetStatusAsync()) is { Requests: null, Budget.Amount: 5m });

        Assert.Equal(HttpStatusCode.OK, (await _rig.SendAsync(HttpMethod.Delete, $"/admin/v1/rules/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _rig.GetAsync($"/admin/v1/rules/{id}")).Status);
        await BillingRig.UntilAsync(async () => (await _rig.Account(id).GetStatusAsync()) is { Budget: null });
        var (_, audit) = await _rig.GetAsync($"/admin/v1/audit?target={id}");
        Assert.Equal(["rule.created", "rule.updated", "rule.deleted"], audit["data"]!.AsArray().Select(e => (string)e!["action"]!));
    }

    [Theory]
    [InlineData("""{}""", "by,limits")]
    [InlineData("""{"by":"colour","limits":{},"values":1}""", "by,limits,values")]
    [InlineData("""{"by":"group:nobody","value":"x","limits":{"requestsPerMinute":0}}""", "by,limits.requestsPerMinute,value")]
    [InlineData("""{"by":"model","value":"no/such","scope":"team:none","budget":{"amount":0,"currency":"u"}}""", "budget.amount,budget.currency,scope,value")]
    [InlineData("""{"by":"model","value":"a*b","budget":{"amount":1}}""", "value")]
    [InlineData("""{"by":"provider","value":"nobody","budget":{"amount":1}}""", "value")]
    [InlineData("""{"by":"model","value":"demo/echo","budget":{"amount":1,"currency":"XXX"}}""", "budget.currency")]
    [InlineData("""{"by":"model","value":"","budget":{"amount":1}}""", "value")]
    public async Task All_that_is_wrong_with_a_rule_is_told_at_once(string body, string fields)
    {
        var (status, problem) = await _rig.SendAsync(HttpMethod.Post, "/admin/v1/rules", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(fields.Split(','), problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_a_rule_counts_by_cannot_change()
    {
        var team = Id(await MakeAsync("teams", "{}"));
        var id = Id(await MakeAsync("rules", $$$"""{"scope":"{{{team}}}","by":"model","limits":{"concurrentRequests":9}}"""));
        var (status, problem) = await _rig.SendAsync(HttpMethod.Patch, $"/admin/v1/rules/{id}", """{"by":"provider","value":"anthropic","scope":null}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(["by", "scope", "value"], problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_rule_that_would_need_more_accounts_for_a_request_than_there_may_be_is_refused()
    {
        var team = Id(await MakeAsync("teams", "{}"));
        // Of these no request is for two.
        foreach (var model in new[] { "demo/echo", "anthropic/claude-sonnet-4.5", "anthropic/claude-haiku-4.5", "anthropic/claude-opus-4.5" })
            await MakeAsync("rules", Rule(team, $"\"model\",\"value\":\"{model}\""));
        await MakeAsync("rules", Rule(team, "\"model\""));
        var last = Id(await MakeAsync("rules", Rule(team, "\"provider\"")));
        foreach (var one in new[] { "\"model\",\"value\":\"demo/echo\"", "\"model\",\"value\":\"demo/*\"", "\"provider\"" })
        {
            var (status, problem) = await _rig.SendAsync(HttpMethod.Post, "/admin/v1/rules", Rule(team, one));
            Assert.Equal((HttpStatusCode.BadRequest, "scope"), (status, problem["errors"]!.AsObject().Single().Key));
        }

        await _rig.SendAsync(HttpMethod.Delete, $"/admin/v1/rules/{last}");
        await MakeAsync("rules", Rule(team, "\"model\",\"value\":\"demo/*\""));

        static string Rule(string team, string by) => $$$"""{"scope":"{{{team}}}","by":{{{by}}},"limits":{"concurrentRequests":9}}""";
    }

    [Fact]
    public async Task Rules_are_listed_in_pages_and_by_what_they_are_for()
    {
        var teams = new[] { Id(await MakeAsync("teams", "{}")), Id(await MakeAsync("teams", "{}")) };
        var made = new List<string>();
        for (var i = 0; i < 5; i++)
            made.Add(Id(await MakeAsync("rules", $$$"""{"scope":"{{{teams[i % 2]}}}","by":"model","limits":{"concurrentRequests":9}}""")));
        var listed = new List<string>();
        for (string? after = ""; after is not null;)
        {
            var (_, page) = await _rig.GetAsync($"/admin/v1/rules?limit=2&scope={teams[0]}{(after.Length == 0 ? "" : "&after=" + after)}");
            listed.AddRange(page["data"]!.AsArray().Select(r => (string)r!["id"]!));
            after = (string?)page["nextAfter"];
        }

        Assert.Equal([made[0], made[2], made[4]], listed);
        Assert.Equal(HttpStatusCode.BadRequest, (await _rig.GetAsync("/admin/v1/rules?after=rule:nobody")).Status);
    }

    [Fact]
    public async Task Values_get_accounts_of_their_own_as_far_as_may_be_and_then_share_one()
    {
        var id = Id(await MakeAsync("rules", $$$"""{"scope":"{{{Id(await MakeAsync("teams", "{}"))}}}","by":"model","limits":{"requestsPerMinute":5}}"""));
        var rule = _rig.Actors.CreateActorProxy<IRuleActor>(new ActorId(id), ActorTypes.Rule);
        var found = new Dictionary<string, RuleAccount>();
        // Strange ones, and one of them again.
        string[] values = ["a", "b/c d\u00e9", "a", "shared", "more", "even more", "b/c d\u00e9"];
        foreach (var value in values)
            found[value] = await rule.FindAccountAsync(new RuleValue { Value = value });
        Assert.Equal(MostValues, found.Values.Count(account => !account.IsShared));
        Assert.All(found.Values, account => Assert.True(AccountIds.IsPossible(account.AccountId) && AccountIds.RuleOf(account.AccountId) == id));
        Assert.Equal(AccountIds.OfFurtherValues(id), found["more"].AccountId);
        Assert.Equal(found["more"], found["even more"]);
        Assert.Equal(MostValues + 1, found.Values.Select(account => account.AccountId).Distinct().Count());

        var shown = new List<JsonNode>();
        for (string? after = "0"; after is not null;)
        {
            var (_, page) = await _rig.GetAsync($"/admin/v1/rules/{id}/accounts?limit=2&after={after}");
            shown.AddRange(page["data"]!.AsArray().Select(account => account!.DeepClone()));
            after = (string?)page["nextAfter"];
        }

        Assert.Equal(["a", "b/c d\u00e9", "shared", null], shown.Select(account => (string?)account["value"]));
        Assert.All(shown, account => Assert.Equal(5, (int)account["status"]!["requests"]!["limit"]!));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_budget_of_a_value_warns_by_its_account_and_says_whose_it_is(bool isOld)
    {
        var id = await MakeAsync("""{"name":"dear","by":"model","budget":{"amount":1,"warnAt":[50]}""");
        var rule = _rig.Actors.CreateActorProxy<IRuleActor>(new ActorId(id), ActorTypes.Rule);
        var account = (await rule.FindAccountAsync(new RuleValue { Value = "demo/echo" })).AccountId;
        if (isOld)
        {
            // Builds of before did not write it.
            using var sidecar = new HttpClient { BaseAddress = _rig.BillingSidecar };
            using var body = new StringContent($$$"""[{"operation":"delete","request":{"key":"of:{{{account}}}"}}]""");
            Assert.Equal(HttpStatusCode.NoContent, (await sidecar.PostAsync($"/v1.0/actors/Rule/{id}/state", body)).StatusCode);
        }

        var key = Id(await _rig.CreateKeyAsync());
        await _rig.RecordAsync(account, BillingRig.Event("rule-warned" + isOld, key, cost: 1));
        var warning = await NoticeAsync("gateway.quota.warning.v1", account);
        Assert.Equal($$"""{"id":"{{id}}","name":"dear","by":"model","value":"demo/echo"}""", warning["rule"]!.ToJsonString());

        await _rig.Account(account).AcquireLeaseAsync(new LeaseRequest { LeaseId = "i1", Sequence = 1, Need = new Allowance { Requests = 1, Money = 0.5m } });
        var exceeded = await NoticeAsync("gateway.quota.exceeded.v1", account);
        Assert.Equal(warning["rule"]!.ToJsonString(), exceeded["rule"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"by":"provider","value":"anthropic","budget":{"amount":1,"warnAt":[50]}""", "", """{"id":"@","by":"provider","value":"anthropic"}""")]
    [InlineData("""{"by":"user","budget":{"amount":1,"warnAt":[50]}""", ":shared", """{"id":"@","by":"user"}""")]
    public async Task An_account_of_one_value_or_of_many_says_so(string body, string account, string expected)
    {
        var id = await MakeAsync(body);
        await _rig.RecordAsync(id + account, BillingRig.Event("rule-of-one" + account, Id(await _rig.CreateKeyAsync()), cost: 0.6m));
        var warning = await NoticeAsync("gateway.quota.warning.v1", id + account);
        Assert.Equal(expected.Replace("@", id, StringComparison.Ordinal), warning["rule"]!.ToJsonString());
    }

    [Fact]
    public async Task A_scope_sees_the_rules_in_it_and_changes_none_that_are_for_what_it_names()
    {
        var org = Id(await MakeAsync("organizations", "{}"));
        var team = Id(await MakeAsync("teams", $$"""{"parent":"{{org}}"}"""));
        var caller = new AdminCaller { Id = "admin_test", Role = AdminRole.Admin, Scope = [org] };
        var ofOrg = Id(await MakeAsync("rules", Rule(org)));
        await MakeAsync("rules", Rule(null));
        var mine = await AsAsync(caller, HttpMethod.Post, "/admin/v1/rules", Rule(team));
        Assert.Equal(HttpStatusCode.Created, mine.Status);
        Assert.Equal(
            [ofOrg, Id(mine.Body)],
            (await AsAsync(caller, HttpMethod.Get, "/admin/v1/rules")).Body["data"]!.AsArray().Select(r => (string)r!["id"]!));
        Assert.Equal(HttpStatusCode.BadRequest, (await AsAsync(caller, HttpMethod.Post, "/admin/v1/rules", Rule(null))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await AsAsync(caller, HttpMethod.Post, "/admin/v1/rules", Rule(org))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await AsAsync(caller, HttpMethod.Delete, $"/admin/v1/rules/{ofOrg}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await AsAsync(caller, HttpMethod.Delete, $"/admin/v1/rules/{Id(mine.Body)}")).Status);
        var stranger = caller with { Scope = [Id(await MakeAsync("organizations", "{}"))] };
        Assert.Equal(HttpStatusCode.NotFound, (await AsAsync(stranger, HttpMethod.Get, $"/admin/v1/rules/{ofOrg}")).Status);

        static string Rule(string? scope) =>
            $$$"""{"scope":{{{(scope is null ? "null" : $"\"{scope}\"")}}},"by":"model","value":"demo/echo","limits":{"concurrentRequests":900}}""";
    }

    /// <summary>A rule of a team of its own; the body but for its end.</summary>
    private async Task<string> MakeAsync(string body) =>
        Id(await MakeAsync("rules", $$$"""{{{body}}},"scope":"{{{Id(await MakeAsync("teams", "{}"))}}}"}"""));

    private async Task<JsonNode> NoticeAsync(string type, string account)
    {
        while (true)
        {
            var notice = JsonNode.Parse((await _rig.Ingress.NextAsync("/notices/quota", 30)).Body)!;
            if ((string)notice["type"]! == type && (string)notice["data"]!["accountId"]! == account)
                return notice["data"]!;
        }
    }

    private static string Id(JsonNode made) => (string)made["id"]!;

    private async Task<RuleSet> StoredAsync() => JsonSerializer.Deserialize<RuleSet>(
        await _rig.Sidecar.GetStringAsync($"/v1.0/state/keys/{KeyStoreKeys.Rules}"), JsonSerializerOptions.Web)!;

    private async Task<JsonNode> MakeAsync(string kind, string body)
    {
        var (status, made) = await _rig.SendAsync(HttpMethod.Post, "/admin/v1/" + kind, body);
        Assert.True(status == HttpStatusCode.Created, made.ToJsonString());
        return made;
    }

    private async Task<(HttpStatusCode Status, JsonNode Body)> AsAsync(AdminCaller caller, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_rig.Billing.BaseAddress!, path));
        request.Headers.Add("dapr-api-token", _rig.Billing.DefaultRequestHeaders.GetValues("dapr-api-token"));
        request.Headers.Add(GatewayHeaders.Admin, caller.ToHeader());
        if (body is not null)
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var client = new HttpClient();
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    public sealed class Rig : IAsyncLifetime
    {
        public BillingRig Billing { get; } = new() { Settings = [$"--GATEWAY_RULE_VALUES={MostValues}"] };

        public Task InitializeAsync() => Billing.StartAsync();

        public async Task DisposeAsync() => await Billing.DisposeAsync();
    }
}
