using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Billing;

/// <summary>How keys, teams and organisations come, stop and go.</summary>
public sealed class LifeCycleTests(BillingRig rig) : IClassFixture<BillingRig>
{
    [Fact]
    public async Task Every_mistake_of_a_body_is_named_at_once()
    {
        var (status, problem) = await rig.SendAsync(
            HttpMethod.Post,
            "/admin/v1/keys",
            """
            {"name":" ","nmae":1,"models":["anthropic/*",5,"no/such-model","also/none*"],"nativeOnly":"yes","limits":{"requestsPerMinute":0,"rpm":1},
             "budget":{"period":"year"},"expiresAt":"2001-01-01T00:00:00Z","metadata":{"a":"\ud800","b":"c"},"teamId":"team:nobody","nativeOnly":true}
            """);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            [
                "budget.period", "expiresAt", "limits.requestsPerMinute", "limits.rpm", "metadata.a", "models[1]", "models[2]", "models[3]", "name",
                "nativeOnly", "nmae", "teamId",
            ],
            problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_body_of_nothing_but_mistakes_ends_with_a_bounded_list()
    {
        var body = $"{{{string.Join(',', Enumerable.Range(0, 2_000).Select(i => $"\"m{i}\":1"))}}}";
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/keys", body);
        Assert.Equal((HttpStatusCode.BadRequest, 50), (status, problem["errors"]!.AsObject().Count));
    }

    [Fact]
    public async Task A_model_that_has_left_the_catalog_is_no_mistake_of_a_key_that_had_it()
    {
        var id = (string)(await rig.CreateKeyAsync("""{"models":["anthropic/*"]}"""))["id"]!;
        Assert.Equal(HttpStatusCode.OK, (await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", """{"name":"x"}""")).Status);
        var (status, problem) = await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", """{"models":["anthropic/*","no/such"]}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("models[1]", Assert.Single(problem["errors"]!.AsObject()).Key);
    }

    [Fact]
    public async Task A_paused_key_is_not_usable_until_it_is_resumed_and_a_revoked_one_never_again()
    {
        var key = await rig.CreateKeyAsync();
        var path = $"/admin/v1/keys/{key["id"]}";
        foreach (var again in new[] { false, true })
        {
            var (status, paused) = await rig.SendAsync(HttpMethod.Post, path + "/pause");
            Assert.True(status == HttpStatusCode.OK, $"again: {again}");
            Assert.NotNull(paused["pausedAt"]);
        }

        Assert.False((await rig.RecordAsync((string)key["key"]!))!.IsUsable(DateTimeOffset.UtcNow));
        Assert.Equal(HttpStatusCode.OK, (await rig.SendAsync(HttpMethod.Patch, path, """{"name":"still paused"}""")).Status);
        Assert.NotNull((await rig.GetAsync(path)).Body["pausedAt"]);
        var (_, resumed) = await rig.SendAsync(HttpMethod.Post, path + "/resume");
        Assert.Null(resumed["pausedAt"]);
        Assert.True((await rig.RecordAsync((string)key["key"]!))!.IsUsable(DateTimeOffset.UtcNow));
        await rig.SendAsync(HttpMethod.Delete, path);
        Assert.Equal(HttpStatusCode.Conflict, (await rig.SendAsync(HttpMethod.Post, path + "/pause")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.SendAsync(HttpMethod.Post, "/admin/v1/keys/key_nobody/pause")).Status);
    }

    [Theory]
    [InlineData("teams")]
    [InlineData("organizations")]
    public async Task What_stops_a_group_stands_in_the_key_store_and_nothing_does_when_nothing_stops_it(string kind)
    {
        var group = await CreateAsync(kind, """{"name":"stopped"}""");
        Assert.Null(await StoredAsync(group));
        var (_, paused) = await rig.SendAsync(HttpMethod.Post, $"/admin/v1/{kind}/{group}/pause");
        Assert.NotNull(paused["pausedAt"]);
        Assert.NotNull((await StoredAsync(group))!["pausedAt"]);
        await rig.SendAsync(HttpMethod.Post, $"/admin/v1/{kind}/{group}/resume");
        Assert.Null(await StoredAsync(group));
        await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/{kind}/{group}", """{"expiresAt":"2100-01-01T00:00:00Z"}""");
        Assert.NotNull((await StoredAsync(group))!["expiresAt"]);
        var (deleted, view) = await rig.SendAsync(HttpMethod.Delete, $"/admin/v1/{kind}/{group}");
        Assert.Equal(HttpStatusCode.OK, deleted);
        Assert.NotNull(view["deletedAt"]);
        Assert.NotNull((await StoredAsync(group))!["deletedAt"]);
        Assert.Equal(HttpStatusCode.OK, (await rig.SendAsync(HttpMethod.Delete, $"/admin/v1/{kind}/{group}")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/{kind}/{group}", "{}")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await rig.SendAsync(HttpMethod.Post, $"/admin/v1/{kind}/{group}/resume")).Status);
        Assert.Equal(HttpStatusCode.OK, (await rig.GetAsync($"/admin/v1/{kind}/{group}/usage")).Status);
    }

    [Fact]
    public async Task Nothing_is_put_into_a_deleted_group_and_what_is_in_it_can_leave()
    {
        var org = await CreateAsync("organizations", """{"name":"gone"}""");
        var team = await CreateAsync("teams", $$"""{"name":"of gone","parent":"{{org}}"}""");
        var key = (string)(await rig.CreateKeyAsync($$"""{"teamId":"{{team}}"}"""))["id"]!;
        await rig.SendAsync(HttpMethod.Delete, $"/admin/v1/organizations/{org}");
        await AssertMistakeAsync("/admin/v1/keys", $$"""{"teamId":"{{team}}"}""", "teamId", "has been deleted");
        await AssertMistakeAsync("/admin/v1/teams", $$"""{"parent":"{{org}}"}""", "parent", "has been deleted");
        var other = await CreateAsync("teams", """{"name":"elsewhere"}""");
        Assert.Equal(HttpStatusCode.OK, (await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/keys/{key}", """{"name":"as it is"}""")).Status);
        var (_, moved) = await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/keys/{key}", $$"""{"teamId":"{{other}}"}""");
        Assert.Equal(other, (string)moved["teamId"]!);
    }

    [Fact]
    public async Task Names_of_organisations_and_of_the_teams_of_one_are_unique_while_they_last()
    {
        var org = await CreateAsync("organizations", """{"name":"Acme"}""");
        await AssertMistakeAsync("/admin/v1/organizations", """{"name":" acme"}""", "name", org);
        var other = await CreateAsync("organizations", """{"name":"Other"}""");
        var team = await CreateAsync("teams", $$"""{"name":"core","parent":"{{org}}"}""");
        await CreateAsync("teams", $$"""{"name":"core","parent":"{{other}}"}""");
        await AssertMistakeAsync("/admin/v1/teams", $$"""{"name":"CORE","parent":"{{org}}"}""", "name", team);

        var second = await CreateAsync("teams", $$"""{"name":"edge","parent":"{{org}}"}""");
        var (status, problem) = await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/teams/{second}", """{"name":"core"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("name", Assert.Single(problem["errors"]!.AsObject()).Key);
        Assert.Equal(HttpStatusCode.OK, (await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/teams/{team}", """{"name":"Core"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/teams/{team}", """{"name":"old core"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/teams/{second}", """{"name":"core"}""")).Status);
        await rig.SendAsync(HttpMethod.Delete, $"/admin/v1/teams/{second}");
        await CreateAsync("teams", $$"""{"name":"core","parent":"{{org}}"}""");
    }

    [Fact]
    public async Task Keys_are_made_together_or_not_at_all()
    {
        var (status, made) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/keys/bulk", """{"keys":[{"name":"a"},{"name":"b"},{}]}""");
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(["a", "b", null], made["data"]!.AsArray().Select(k => (string?)k!["name"]));
        foreach (var key in made["data"]!.AsArray())
            Assert.Equal((string)key!["id"]!, (await rig.RecordAsync((string)key["key"]!))!.Id);

        var (refused, problem) = await rig.SendAsync(
            HttpMethod.Post,
            "/admin/v1/keys/bulk",
            """{"keys":[{"name":"never"},{"name":"","nmae":1},{"teamId":"team:nobody"},null,{"models":["no/such"]}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, refused);
        Assert.Equal(
            ["keys[1].name", "keys[1].nmae", "keys[2].teamId", "keys[3]", "keys[4].models[0]"],
            problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
        var (_, all) = await rig.GetAsync("/admin/v1/keys?limit=1000");
        Assert.DoesNotContain("never", all["data"]!.AsArray().Select(k => (string?)k!["name"]));

        await AssertMistakeAsync("/admin/v1/keys/bulk", """{"keys":[]}""", "keys", "Between 1 and 100");
        await AssertMistakeAsync("/admin/v1/keys/bulk", $"{{\"keys\":[{string.Join(',', Enumerable.Repeat("{}", 101))}]}}", "keys", "Between 1 and 100");
        const string Twice = """{"keys":[{"value":"elsewhere-made-0123456789"},{"value":"elsewhere-made-0123456789"}]}""";
        await AssertMistakeAsync("/admin/v1/keys/bulk", Twice, "keys[1].value", "same value");
    }

    [Theory]
    [InlineData("keys", """{"name":"once"}""")]
    [InlineData("keys/bulk", """{"keys":[{"name":"once"},{"name":"twice"}]}""")]
    [InlineData("teams", """{"name":"made once"}""")]
    [InlineData("organizations", """{"name":"made once"}""")]
    public async Task A_creation_that_is_sent_again_is_answered_with_what_it_has_made(string path, string body)
    {
        var key = Guid.NewGuid().ToString();
        var (first, isFirstReplayed, made) = await CreateOnceAsync(path, body, key);
        Assert.Equal((HttpStatusCode.Created, false), (first, isFirstReplayed));
        var (second, isReplayed, again) = await CreateOnceAsync(path, body, key);
        Assert.Equal((HttpStatusCode.Created, true), (second, isReplayed));
        Assert.Equal(made, again);
        Assert.Equal(HttpStatusCode.Conflict, (await CreateOnceAsync(path, body.Replace("once", "other", StringComparison.Ordinal), key)).Status);
        if (path.StartsWith("keys", StringComparison.Ordinal))
            Assert.NotEqual(made, (await CreateOnceAsync(path, body, Guid.NewGuid().ToString())).Body);
        Assert.Equal(HttpStatusCode.BadRequest, (await CreateOnceAsync(path, body, new string('k', 256))).Status);
    }

    [Fact]
    public async Task What_was_refused_is_not_remembered()
    {
        var key = Guid.NewGuid().ToString();
        Assert.Equal(HttpStatusCode.BadRequest, (await CreateOnceAsync("keys", """{"name":""}""", key)).Status);
        Assert.Equal(HttpStatusCode.Created, (await CreateOnceAsync("keys", """{"name":"right"}""", key)).Status);
    }

    private async Task<string> CreateAsync(string kind, string body)
    {
        var (status, group) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/" + kind, body);
        Assert.True(status == HttpStatusCode.Created, group.ToJsonString());
        return (string)group["id"]!;
    }

    private async Task AssertMistakeAsync(string path, string body, string field, string says)
    {
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, path, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        var error = Assert.Single(problem["errors"]!.AsObject());
        Assert.Equal(field, error.Key);
        Assert.Contains(says, (string)error.Value![0]!, StringComparison.Ordinal);
    }

    private async Task<JsonNode?> StoredAsync(string group)
    {
        var record = await rig.Sidecar.GetStringAsync($"/v1.0/state/keys/group:{group}");
        return record.Length == 0 ? null : JsonNode.Parse(record);
    }

    private async Task<(HttpStatusCode Status, bool IsReplayed, string Body)> CreateOnceAsync(string path, string body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/" + path);
        request.Headers.Add("Idempotency-Key", key);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await rig.Billing.SendAsync(request);
        return (answer.StatusCode, answer.Headers.Contains("Idempotent-Replayed"), await answer.Content.ReadAsStringAsync());
    }
}
