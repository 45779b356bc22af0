using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.SignIn;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Billing;

/// <summary>Those who sign in, as accounts: made by the rules, changed by admins, stopped like keys.</summary>
public sealed class UserTests(BillingRig rig) : IClassFixture<BillingRig>
{
    private const string Issuer = "https://login.example.com/";

    [Fact]
    public async Task The_first_sign_in_makes_an_account_and_later_ones_find_it()
    {
        var team = await TeamAsync("first");
        await RulesAsync($$$"""[{"group":"first","teamId":"{{{team}}}"}]""");
        var id = await SignInAsync(rig, "s-first", "first@example.com", "first");
        Assert.StartsWith(AccountIds.UserPrefix, id);
        Assert.Equal(id, await SignInAsync(rig, "s-first", "renamed@example.com", "first"));
        var user = await GetAsync($"users/{id}");
        Assert.Equal(("renamed@example.com", team, "s-first"), ((string)user["email"]!, (string)user["teamId"]!, (string)user["subject"]!));
        var record = await StoredAsync<UserRecord>(KeyStoreKeys.OfUser(id));
        Assert.Equal([id, team], record!.Key.Accounts!);
        Assert.Equal(id, await StoredAsync<string>(KeyStoreKeys.OfSubject(Issuer, "s-first")));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("GET", $"keys/{id}"));
        Assert.DoesNotContain(id, (await GetAsync("keys?limit=1000")).ToJsonString());
        Assert.Contains(id, (await GetAsync($"users?teamId={team}")).ToJsonString());
    }

    [Fact]
    public async Task A_user_is_found_by_name_address_and_either_id()
    {
        var (team, other) = (await TeamAsync("sought"), await TeamAsync("not sought"));
        await RulesAsync($$$"""[{"group":"sought","teamId":"{{{team}}}"},{"teamId":"{{{other}}}"}]""");
        var id = await SignInAsync(rig, "S-Sought-1", "jean@sought.example", "sought");
        var namesake = await SignInAsync(rig, "s-namesake", "jean@elsewhere.example");
        await PatchAsync(id, """{"name":"Jean Bartik"}""");
        foreach (var search in new[] { "bartik", "JEAN@sought", "s-sought-1", id, "jean&teamId=" + team })
            Assert.Equal([id], await FoundAsync(search));
        Assert.Equal([id, namesake], await FoundAsync("jean"));
        Assert.Empty(await FoundAsync("nobody is called so"));

        async Task<IEnumerable<string>> FoundAsync(string search) =>
            (await GetAsync("users?search=" + search))["data"]!.AsArray().Select(user => (string)user!["id"]!);
    }

    [Fact]
    public async Task A_new_user_gets_what_the_team_gives_to_new_users()
    {
        var team = await TeamAsync(null);
        var defaults = """{"defaults":{"user":{"budget":{"amount":9,"period":"week"},"limits":{"requestsPerMinute":8}},"key":{"budget":{"amount":1}}}}""";
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("PATCH", $"teams/{team}", defaults));
        await RulesAsync($$$"""[{"teamId":"{{{team}}}"}]""");
        var id = await SignInAsync(rig, "s-defaults", "defaults@example.com");
        var user = await GetAsync($"users/{id}");
        Assert.Null(user["effectiveModels"]);
        await PatchAsync(id, """{"models":["demo/echo"]}""");
        var limited = await GetAsync($"users/{id}");
        Assert.Equal($$"""[{"model":"demo/echo","from":[{"account":"{{id}}","entry":"demo/echo"}]}]""", limited["effectiveModels"]!.ToJsonString());
        Assert.Equal($$"""[{"account":"{{id}}","models":["demo/echo"]}]""", limited["modelLists"]!.ToJsonString());
        Assert.Equal((9m, "week", 8L), ((decimal)user["budget"]!["amount"]!, (string)user["budget"]!["period"]!, (long)user["limits"]!["requestsPerMinute"]!));
        // Changed defaults change nobody who is there.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("PATCH", $"teams/{team}", """{"defaults":null}"""));
        await SignInAsync(rig, "s-defaults", "defaults@example.com");
        Assert.Equal(9m, (decimal)(await GetAsync($"users/{id}"))["budget"]!["amount"]!);
    }

    [Fact]
    public async Task Who_gets_no_team_gets_no_account()
    {
        await RulesAsync("""[{"group":"admins of none","role":"auditor"}]""");
        var refused = await Directory.SignInUserAsync(SignInOf("s-nobody", "nobody@elsewhere.org"));
        Assert.Contains("nobody@elsewhere.org belongs to no team", refused.Refusal);
        Assert.Null(refused.User);
        Assert.DoesNotContain("s-nobody", (await GetAsync("users?limit=1000")).ToJsonString());
        var noAdmin = await Directory.SignInUserAsync(SignInOf("s-nobody", "nobody@elsewhere.org") with { Admin = true });
        Assert.Contains("no administrator's role", noAdmin.Refusal);
    }

    [Theory]
    [InlineData("a@one.example", new[] { "x" }, "one", null)]
    [InlineData("a@ONE.example", new[] { "x" }, "one", null)]
    [InlineData("a@two.example", new[] { "search", "x" }, "two", AdminRole.Auditor)]
    [InlineData("a@one.example", new[] { "search" }, "both", AdminRole.Auditor)]
    [InlineData("a@sub.one.example", new[] { "x" }, "rest", null)]
    [InlineData(null, new string[0], "rest", null)]
    public async Task The_first_rule_that_matches_and_gives_it_counts(string? email, string[] groups, string team, AdminRole? role)
    {
        var teams = new Dictionary<string, string>();
        foreach (var name in new[] { "both", "one", "two", "rest" })
            teams[name] = await TeamAsync(null);
        await RulesAsync($$$"""
            [{"group":"search","role":"auditor"},
             {"group":"search","domain":"one.example","teamId":"{{{teams["both"]}}}"},
             {"domain":"one.example","teamId":"{{{teams["one"]}}}"},
             {"group":"search","teamId":"{{{teams["two"]}}}","role":"admin"},
             {"teamId":"{{{teams["rest"]}}}"}]
            """);
        var result = await Directory.SignInUserAsync(SignInOf(Guid.NewGuid().ToString(), email, groups));
        Assert.Equal((teams[team], role), (result.User!.Key.TeamId, result.User.Role));
    }

    [Fact]
    public async Task A_team_that_an_admin_gave_stays_until_the_rules_give_another()
    {
        var (first, second, third) = (await TeamAsync(null), await TeamAsync(null), await TeamAsync(null));
        await RulesAsync($$$"""[{"teamId":"{{{first}}}"}]""");
        var id = await SignInAsync(rig, "s-moves", "moves@example.com");
        await PatchAsync(id, $$$"""{"teamId":"{{{second}}}"}""");
        await SignInAsync(rig, "s-moves", "moves@example.com");
        Assert.Equal(second, (string)(await GetAsync($"users/{id}"))["teamId"]!);
        await RulesAsync($$$"""[{"teamId":"{{{third}}}"}]""");
        await SignInAsync(rig, "s-moves", "moves@example.com");
        Assert.Equal([id, third], (await StoredAsync<UserRecord>(KeyStoreKeys.OfUser(id)))!.Key.Accounts!);
    }

    [Fact]
    public async Task Who_loses_every_rule_is_refused_and_loses_the_role()
    {
        var team = await TeamAsync(null);
        await RulesAsync($$$"""[{"group":"g","teamId":"{{{team}}}","role":"admin"}]""");
        var id = await SignInAsync(rig, "s-leaves", "leaves@example.com", "g");
        Assert.Equal("admin", (string)(await GetAsync($"users/{id}"))["role"]!);
        Assert.NotNull((await Directory.SignInUserAsync(SignInOf("s-leaves", "leaves@example.com", ["other"]))).Refusal);
        Assert.Null((await GetAsync($"users/{id}"))["role"]);
        Assert.Null((await StoredAsync<UserRecord>(KeyStoreKeys.OfUser(id)))!.Role);
    }

    [Fact]
    public async Task A_token_that_says_nothing_of_groups_and_address_takes_none_away()
    {
        var team = await TeamAsync(null);
        await RulesAsync($$$"""[{"group":"kept","domain":"example.com","teamId":"{{{team}}}"}]""");
        var id = await SignInAsync(rig, "s-silent", "silent@example.com", "kept");
        var identity = new UserIdentity { Issuer = Issuer, Subject = "s-silent" };
        var silent = await Directory.SignInUserAsync(new UserSignIn { Identity = identity });
        Assert.Equal(id, silent.User!.Key.Id);
    }

    [Fact]
    public async Task Of_what_two_tokens_say_the_one_that_was_issued_later_counts_in_whatever_order_they_come()
    {
        var team = await TeamAsync(null);
        await RulesAsync($$$"""[{"group":"lead","role":"auditor"},{"teamId":"{{{team}}}"}]""");
        var start = DateTimeOffset.UtcNow.AddHours(-1);
        var id = await ComesAsync(10, "later@example.com", ["lead"]);
        // The earlier one changes nothing, and fills in nothing that is known.
        await ComesAsync(5, "earlier@example.com", ["old"]);
        await AssertIsAsync("later@example.com", "lead", "auditor");
        // The same again is no change, and yet the last word.
        await ComesAsync(20, "later@example.com", ["lead"]);
        await ComesAsync(15, "earlier@example.com", ["old"]);
        await AssertIsAsync("later@example.com", "lead", "auditor");
        Assert.Equal(start.AddMinutes(20), (await StoredAsync<UserRecord>(KeyStoreKeys.OfUser(id)))!.Identity.SaidAt);
        // One without groups takes neither them nor their time with it.
        await ComesAsync(30, "latest@example.com", null);
        await ComesAsync(25, null, ["new"]);
        await AssertIsAsync("latest@example.com", "new", null);
        var trail = (await GetAsync($"audit?target={id}"))["data"]!.AsArray();
        Assert.Equal(["user.created", "user.updated", "user.updated"], trail.Select(e => (string)e!["action"]!));
        // What comes from the future holds until the next one that does not come from the past.
        await ComesAsync(60 * 24, null, ["future"]);
        await ComesAsync(60 * 23, null, ["present"]);
        await AssertIsAsync("latest@example.com", "present", null);

        async Task<string> ComesAsync(int minute, string? email, string[]? groups)
        {
            var identity = new UserIdentity { Issuer = Issuer, Subject = "s-two", Email = email, Groups = groups, SaidAt = start.AddMinutes(minute) };
            return (await Directory.SignInUserAsync(new UserSignIn { Identity = identity })).User!.Key.Id;
        }

        async Task AssertIsAsync(string email, string group, string? role)
        {
            var user = await GetAsync($"users/{id}");
            Assert.Equal((email, group, role), ((string)user["email"]!, (string)user["identityGroups"]![0]!, (string?)user["role"]));
        }
    }

    [Fact]
    public async Task Pause_resume_expiry_limits_budget_and_end_are_stored_and_audited()
    {
        var team = await TeamAsync(null);
        await RulesAsync($$$"""[{"teamId":"{{{team}}}"}]""");
        var id = await SignInAsync(rig, "s-life", "life@example.com");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("POST", $"users/{id}/pause"));
        Assert.NotNull((await StoredAsync<UserRecord>(KeyStoreKeys.OfUser(id)))!.Key.PausedAt);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("POST", $"users/{id}/resume"));
        await PatchAsync(id, """{"budget":{"amount":5,"period":"day"},"limits":{"requestsPerMinute":7},"expiresAt":"2090-01-01T00:00:00Z"}""");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("POST", $"users/{id}/sign-out"));
        var record = await StoredAsync<UserRecord>(KeyStoreKeys.OfUser(id));
        Assert.Equal((5m, 7L, 2090), (record!.Key.Budget!.Amount, record.Key.Limits!.RequestsPerMinute, record.Key.ExpiresAt!.Value.Year));
        Assert.NotNull(record.SignedOutAt);
        Assert.Equal(7, (await rig.Account(id).GetStatusAsync()).Requests!.Limit);
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("PATCH", $"users/{id}", """{"teamId":null}"""));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("DELETE", $"users/{id}"));
        Assert.Equal(HttpStatusCode.Conflict, await StatusAsync("POST", $"users/{id}/pause"));
        Assert.Contains("has been deleted", (await Directory.SignInUserAsync(SignInOf("s-life", "life@example.com"))).Refusal);
        var trail = (await GetAsync($"audit?target={id}"))["data"]!.AsArray();
        Assert.Equal(
            ["user.created", "user.paused", "user.resumed", "user.updated", "user.signed_out", "user.deleted"],
            trail.Select(e => (string)e!["action"]!));
        Assert.Equal("life@example.com", (string)trail[3]!["after"]!["email"]!);
    }

    [Fact]
    public async Task A_budget_of_a_user_is_a_spend_limit()
    {
        var team = await TeamAsync(null);
        await RulesAsync($$$"""[{"teamId":"{{{team}}}"}]""");
        var id = await SignInAsync(rig, "s-spends", "spends@example.com");
        await PatchAsync(id, """{"budget":{"amount":12,"period":"month"}}""");
        var limit = "spl_" + id.Replace(':', '_');
        var one = (await rig.GetAsync($"{InternalRoutes.SpendLimits}/{limit}")).Body;
        Assert.Equal(("user", id, "1200"), ((string)one["scope"]!["type"]!, (string)one["scope"]!["user_id"]!, (string)one["amount"]!));
        Assert.Contains(limit, (await rig.GetAsync($"{InternalRoutes.SpendLimits}?scope_type=user&limit=1000")).Body.ToJsonString());
        var lines = (await rig.GetAsync($"{InternalRoutes.SpendLimits}/effective?limit=1000&page=users")).Body["data"]!.AsArray();
        var line = lines.Single(l => (string)l!["scope"]!["user_id"]! == id && (string)l["period"]! == "monthly")!;
        Assert.Equal(("spends@example.com", limit), ((string)line["actor"]!["email_address"]!, (string)line["spend_limit_id"]!));
    }

    [Fact]
    public async Task Mistakes_in_rules_are_named_all_at_once()
    {
        const string Rules = """
            [{"domain":"a@b"},{"teamId":"team:gone"},{"teamId":"key_1"},{"role":"team_admin"},{"role":"owner","scope":["team:gone"]},
             {"teamId":"team:gone","scope":["org:gone"]},null,{"group":" ","role":"auditor"}]
            """;
        var (status, body) = await SendAsync("PUT", "sign-in", $$"""{"rules":{{Rules}}}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        var fields = JsonNode.Parse(body)!["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "rules[0]", "rules[0].domain", "rules[1].teamId", "rules[2].teamId", "rules[3].scope", "rules[4].scope", "rules[4].scope[0]",
                "rules[5].scope", "rules[5].scope[0]", "rules[5].teamId", "rules[6]", "rules[7].group",
            ],
            fields);
    }

    /// <summary>Signs somebody in; the user's id.</summary>
    internal static async Task<string> SignInAsync(BillingRig rig, string subject, string email, params string[] groups)
    {
        var result = await DirectoryOf(rig).SignInUserAsync(SignInOf(subject, email, groups));
        Assert.Null(result.Refusal);
        return result.User!.Key.Id;
    }

    private IUserSignInActor Directory => DirectoryOf(rig);

    private static IUserSignInActor DirectoryOf(BillingRig rig) =>
        rig.Actors.CreateActorProxy<IUserSignInActor>(KeyDirectoryActor.ActorId, ActorTypes.KeyDirectory);

    private static UserSignIn SignInOf(string subject, string? email, string[]? groups = null) =>
        new() { Identity = new() { Issuer = Issuer, Subject = subject, Email = email, Groups = groups ?? [] } };

    private async Task<string> TeamAsync(string? name)
    {
        var (status, body) = await SendAsync("POST", "teams", JsonSerializer.Serialize(new { name = name is null ? null : name + Guid.NewGuid() }));
        Assert.Equal(HttpStatusCode.Created, status);
        return (string)JsonNode.Parse(body)!["id"]!;
    }

    private async Task RulesAsync(string rules)
    {
        var (status, body) = await SendAsync("PUT", "sign-in", $$"""{"rules":{{rules}}}""");
        Assert.True(status == HttpStatusCode.OK, body);
    }

    private async Task PatchAsync(string id, string body)
    {
        var (status, text) = await SendAsync("PATCH", $"users/{id}", body);
        Assert.True(status == HttpStatusCode.OK, text);
    }

    private async Task<JsonNode> GetAsync(string path)
    {
        var (status, body) = await SendAsync("GET", path, null);
        Assert.True(status == HttpStatusCode.OK, body);
        return JsonNode.Parse(body)!;
    }

    private async Task<HttpStatusCode> StatusAsync(string method, string path, string? body = null) => (await SendAsync(method, path, body)).Status;

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{InternalRoutes.Admin}/{path}");
        if (body is not null)
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await rig.Billing.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<T?> StoredAsync<T>(string key) => await rig.Services.GetRequiredService<DaprClient>().GetStateAsync<T?>(ComponentNames.KeyStore, key);
}
