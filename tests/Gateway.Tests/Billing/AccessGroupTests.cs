using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Billing;

public class AccessGroupTests(BillingRig rig) : IClassFixture<BillingRig>
{
    [Fact]
    public async Task A_group_is_made_listed_changed_and_deleted_and_the_key_store_has_what_is_in_force()
    {
        await MakeAsync("""{"name":"lists-b","models":["demo/*"]}""");
        await MakeAsync("""{"name":"lists-a","models":["anthropic/*"]}""");
        var (_, first) = await rig.GetAsync("/admin/v1/access-groups?limit=1");
        var names = new List<string>();
        for (string? after = ""; after is not null;)
        {
            var (_, page) = await rig.GetAsync($"/admin/v1/access-groups?limit=1{(after.Length == 0 ? "" : "&after=" + after)}");
            names.AddRange(page["data"]!.AsArray().Select(group => (string)group!["name"]!));
            after = (string?)page["nextAfter"];
        }

        Assert.Equal(["lists-a", "lists-b"], names.Where(name => name.StartsWith("lists-", StringComparison.Ordinal)));
        Assert.Single(first["data"]!.AsArray());

        var (status, changed) = await rig.SendAsync(HttpMethod.Patch, "/admin/v1/access-groups/lists-a", """{"models":["demo/echo"]}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotNull(changed["changedAt"]);
        Assert.Equal(["demo/echo"], (await StoredAsync()).Models["group:lists-a"]);

        Assert.Equal(HttpStatusCode.OK, (await rig.SendAsync(HttpMethod.Delete, "/admin/v1/access-groups/lists-a")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.GetAsync("/admin/v1/access-groups/lists-a")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.SendAsync(HttpMethod.Delete, "/admin/v1/access-groups/lists-a")).Status);
        Assert.False((await StoredAsync()).Models.ContainsKey("group:lists-a"));

        var (_, audit) = await rig.GetAsync("/admin/v1/audit?order=newest&limit=3");
        Assert.Equal(
            ["access_group.deleted", "access_group.updated", "access_group.created"], audit["data"]!.AsArray().Select(e => (string)e!["action"]!));
    }

    [Theory]
    [InlineData("""{}""", "models,name")]
    [InlineData("""{"name":"Fast","models":["demo/*"]}""", "name")]
    [InlineData("""{"name":"a/b","models":[]}""", "models,name")]
    [InlineData("""{"name":"fast","models":["no/such","a*b","group:other",7],"model":1}""", "model,models[0],models[1],models[2],models[3]")]
    public async Task All_that_is_wrong_with_a_group_is_told_at_once(string body, string fields)
    {
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/access-groups", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(fields.Split(','), problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_name_is_taken_once_and_the_same_creation_is_answered_again()
    {
        await MakeAsync("""{"name":"once","models":["demo/*"]}""");
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/access-groups", """{"name":"once","models":["demo/*"]}""");
        Assert.Equal((HttpStatusCode.BadRequest, "name"), (status, problem["errors"]!.AsObject().Single().Key));
        (status, problem) = await rig.SendAsync(HttpMethod.Patch, "/admin/v1/access-groups/once", """{"name":"twice"}""");
        Assert.Equal((HttpStatusCode.BadRequest, "name"), (status, problem["errors"]!.AsObject().Single().Key));
    }

    [Fact]
    public async Task A_key_shows_what_it_may_use_in_the_end_and_what_allows_it()
    {
        await MakeAsync("""{"name":"shown","models":["demo/echo","anthropic/claude-haiku-4.5","openai/gpt-9*"]}""");
        var org = (string)(await SendAsync("organizations", """{"models":["anthropic/*","openai/*","demo/echo"]}"""))["id"]!;
        var team = (string)(await SendAsync("teams", $$"""{"parent":"{{org}}"}"""))["id"]!;
        var key = await rig.CreateKeyAsync($$"""{"teamId":"{{team}}","models":["group:shown"]}""");
        var id = (string)key["id"]!;
        var models = key["effectiveModels"]!.AsArray();
        Assert.Equal(["anthropic/claude-haiku-4.5", "demo/echo"], models.Select(m => (string)m!["model"]!).Where(m => m[0] != 'o').Order());
        Assert.Equal(
            $$"""[{"account":"{{id}}","entry":"group:shown"},{"account":"{{org}}","entry":"anthropic/*"}]""",
            models.Single(m => (string)m!["model"]! == "anthropic/claude-haiku-4.5")!["from"]!.ToJsonString());
        Assert.Equal("""["group:shown"]""", key["models"]!.ToJsonString());
        Assert.Equal(
            $$"""[{"account":"{{id}}","models":["group:shown"]},{"account":"{{org}}","models":["anthropic/*","openai/*","demo/echo"]}]""",
            key["modelLists"]!.ToJsonString());

        // A list of the team keeps it to less, and cannot give it more than the organisation does.
        await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/teams/{team}", """{"models":["demo/*","deepseek/*"]}""");
        var (_, shown) = await rig.GetAsync($"/admin/v1/keys/{id}");
        Assert.Equal(["demo/echo"], shown["effectiveModels"]!.AsArray().Select(m => (string)m!["model"]!));
        Assert.Equal(3, shown["effectiveModels"]![0]!["from"]!.AsArray().Count);
        Assert.Equal([id, team, org], shown["modelLists"]!.AsArray().Select(list => (string)list!["account"]!));
        var free = await rig.CreateKeyAsync();
        Assert.Equal((null, null), (free["effectiveModels"], free["modelLists"]));

        await rig.SendAsync(HttpMethod.Delete, "/admin/v1/access-groups/shown");
        (_, shown) = await rig.GetAsync($"/admin/v1/keys/{id}");
        Assert.Empty(shown["effectiveModels"]!.AsArray());
        Assert.Equal(3, shown["modelLists"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("keys", """{"models":["group:nobody"]}""", "models[0]")]
    [InlineData("teams", """{"models":["demo/*","group:nobody"],"defaults":{"user":{"models":["group:nobody"]}}}""", "defaults.user.models[0],models[1]")]
    [InlineData("organizations", """{"models":[]}""", "models")]
    public async Task A_group_that_is_not_there_is_refused_where_it_is_named(string kind, string body, string fields)
    {
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/" + kind, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(fields.Split(','), problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    private async Task<AccessGroups> StoredAsync() => JsonSerializer.Deserialize<AccessGroups>(
        await rig.Sidecar.GetStringAsync($"/v1.0/state/keys/{KeyStoreKeys.AccessGroups}"), JsonSerializerOptions.Web)!;

    private Task<JsonNode> MakeAsync(string body) => SendAsync("access-groups", body);

    private async Task<JsonNode> SendAsync(string kind, string body)
    {
        var (status, made) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/" + kind, body);
        Assert.True(status == HttpStatusCode.Created, made.ToJsonString());
        return made;
    }
}
