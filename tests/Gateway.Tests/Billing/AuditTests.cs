using System.Net;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Billing;

/// <summary>The audit trail: every change with who made it, before and after, and never a key.</summary>
public sealed class AuditTests(BillingRig rig) : IClassFixture<BillingRig>
{
    [Fact]
    public async Task Every_change_is_kept_with_before_and_after_and_published()
    {
        var key = await rig.CreateKeyAsync("""{"name":"a"}""");
        var path = $"/admin/v1/keys/{key["id"]}";
        await rig.SendAsync(HttpMethod.Patch, path, """{"name":"b"}""");
        await rig.SendAsync(HttpMethod.Post, path + "/pause");
        await rig.SendAsync(HttpMethod.Post, path + "/pause");
        await rig.SendAsync(HttpMethod.Post, path + "/resume");
        var (_, rotated) = await rig.SendAsync(HttpMethod.Post, path + "/rotate");
        await rig.SendAsync(HttpMethod.Delete, path);
        await rig.SendAsync(HttpMethod.Patch, path, """{"name":"refused"}""");

        var (_, page) = await rig.GetAsync($"/admin/v1/audit?target={key["id"]}&limit=1000");
        var events = page["data"]!.AsArray();
        Assert.Equal(
            ["key.created", "key.updated", "key.paused", "key.resumed", "key.rotated", "key.revoked"], events.Select(e => (string)e!["action"]!));
        Assert.Null(events[0]!["before"]);
        Assert.Equal("a", (string)events[1]!["before"]!["name"]!);
        Assert.Equal("b", (string)events[1]!["after"]!["name"]!);
        Assert.NotNull(events[2]!["after"]!["pausedAt"]);
        Assert.All(events, e => Assert.Equal(("owner", "owner"), ((string)e!["actor"]!["id"]!, (string)e["actor"]!["role"]!)));
        Assert.All(new[] { key, rotated }, made => Assert.DoesNotContain((string)made["key"]!, page.ToJsonString(), StringComparison.Ordinal));

        var published = new List<JsonNode>();
        while (published.Count < events.Count)
        {
            var notice = JsonNode.Parse((await rig.Ingress.NextAsync("/notices/audit")).Body)!;
            Assert.Equal("gateway.audit.recorded.v1", (string)notice["type"]!);
            if ((string)notice["data"]!["target"]! == (string)key["id"]!)
                published.Add(notice["data"]!);
        }

        Assert.Equal(events.Select(e => (long)e!["number"]!), published.Select(e => (long)e["number"]!).Order());
    }

    [Fact]
    public async Task What_is_older_than_events_are_kept_goes_when_others_come_and_not_by_a_clock_that_goes_wrong()
    {
        var time = new ManualTime(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var own = new BillingRig { Time = time, Settings = ["--GATEWAY_RETENTION_DAYS=30"] };
        await own.StartAsync();
        var id = (string)(await own.CreateKeyAsync())["id"]!;
        await ChangeAsync(40);
        var old = (await NumbersAsync("")).Count;
        time.Advance(TimeSpan.FromDays(31));
        await ChangeAsync(60);
        var kept = await NumbersAsync("");
        Assert.InRange(kept[0], 17, old + 1);
        Assert.Equal(Enumerable.Range(kept[0], old + 61 - kept[0]), kept);
        Assert.Equal(kept, (await NumbersAsync("&order=newest")).AsEnumerable().Reverse());
        Assert.Equal(kept, await NumbersAsync("&after=1"));

        // Less than a page of changes is made until it is put right.
        time.Advance(TimeSpan.FromDays(3_650));
        await ChangeAsync(14);
        time.Advance(TimeSpan.FromDays(-3_650));
        await ChangeAsync(40);
        Assert.Equal(old + 60 + 14 + 40, (await NumbersAsync(""))[^1]);
        Assert.True((await NumbersAsync(""))[0] <= old + 1);

        async Task ChangeAsync(int times)
        {
            for (var i = 0; i < times; i++)
                await own.SendAsync(HttpMethod.Patch, "/admin/v1/keys/" + id, $$"""{"name":"{{time.Now.Ticks + i}}"}""");
        }

        async Task<List<int>> NumbersAsync(string query) =>
            [.. (await own.GetAsync("/admin/v1/audit?limit=1000" + query)).Body["data"]!.AsArray().Select(e => (int)e!["number"]!)];
    }

    [Fact]
    public async Task Groups_admins_and_what_is_mended_by_hand_are_in_it_and_the_environments_doing()
    {
        var (_, team) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/teams", """{"name":"audited"}""");
        await rig.SendAsync(HttpMethod.Delete, $"/admin/v1/teams/{team["id"]}");
        var (_, admin) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/admin-keys", """{"name":"x","role":"auditor"}""");
        await rig.SendAsync(HttpMethod.Delete, $"/admin/v1/admin-keys/{admin["id"]}");
        await rig.SendAsync(HttpMethod.Post, "/admin/v1/dead-letters/replay");
        Assert.Equal(["team.created", "team.deleted"], await ActionsAsync($"target={team["id"]}"));
        Assert.Equal(["admin_key.created", "admin_key.revoked"], await ActionsAsync($"target={admin["id"]}"));
        Assert.Equal(["dead_letters.replayed"], await ActionsAsync("target=all"));
        Assert.Equal(["key.created"], await ActionsAsync("actor=gateway"));
        var (_, whole) = await rig.GetAsync("/admin/v1/audit?limit=1000");
        Assert.DoesNotContain((string)admin["key"]!, whole.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_read_in_pages_from_either_end_without_gaps()
    {
        await rig.SendAsync(HttpMethod.Post, "/admin/v1/keys/bulk", $"{{\"keys\":[{string.Join(',', Enumerable.Repeat("{}", 40))}]}}");
        var oldest = await NumbersAsync("oldest");
        var newest = await NumbersAsync("newest");
        Assert.Equal(Enumerable.Range(1, oldest.Count).Select(n => (long)n), oldest);
        Assert.Equal(oldest.AsEnumerable().Reverse(), newest.Where(n => n <= oldest.Count));
    }

    [Fact]
    public async Task A_change_that_is_refused_or_changes_nothing_is_none()
    {
        var before = (await NumbersAsync("oldest")).Count;
        await rig.SendAsync(HttpMethod.Post, "/admin/v1/keys", """{"name":""}""");
        await rig.SendAsync(HttpMethod.Post, "/admin/v1/admin-keys", """{"name":"x","role":"team_admin"}""");
        await rig.SendAsync(HttpMethod.Delete, "/admin/v1/keys/key_nobody");
        Assert.Equal(before, (await NumbersAsync("oldest")).Count);
    }

    [Theory]
    [InlineData("{}", "name,role")]
    [InlineData("""{"name":"x","role":"king"}""", "role")]
    [InlineData("""{"name":"x","role":"team_admin"}""", "scope")]
    [InlineData("""{"name":"x","role":"owner","scope":["team:a"]}""", "scope,scope[0]")]
    [InlineData("""{"name":"x","role":"auditor","scope":[]}""", "scope")]
    [InlineData("""{"name":"x","role":"auditor","scope":["key_default",null,"team:none"]}""", "scope[0],scope[1],scope[2]")]
    [InlineData("""{"name":" ","role":"auditor","expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt,name")]
    public async Task Mistakes_of_an_admin_key_are_named(string body, string fields)
    {
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/admin-keys", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(fields.Split(','), problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_call_that_does_not_say_who_makes_it_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, rig.BillingSidecar + "v1.0/invoke/billing/method/admin/v1/keys");
        using var sidecar = new HttpClient();
        using var answer = await sidecar.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private async Task<string[]> ActionsAsync(string query) =>
        [.. (await rig.GetAsync("/admin/v1/audit?limit=1000&" + query)).Body["data"]!.AsArray().Select(e => (string)e!["action"]!)];

    private async Task<List<long>> NumbersAsync(string order)
    {
        var numbers = new List<long>();
        for (string? after = null; ;)
        {
            var (_, page) = await rig.GetAsync($"/admin/v1/audit?limit=7&order={order}{(after is null ? "" : "&after=" + after)}");
            numbers.AddRange(page["data"]!.AsArray().Select(e => (long)e!["number"]!));
            if ((after = (string?)page["nextAfter"]) is null)
                return numbers;
        }
    }
}
