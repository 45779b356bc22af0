using System.Net;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Billing;

public class KeyTests(BillingRig rig) : IClassFixture<BillingRig>
{
    [Fact]
    public async Task A_new_key_is_random_shown_once_and_stored_as_a_hash_only()
    {
        var key = await rig.CreateKeyAsync("""{"name":"ci","models":["anthropic/*"],"metadata":{"cost-centre":"42"}}""");
        var secret = (string)key["key"]!;
        Assert.Matches("^gw-[0-9A-Za-z]{43}$", secret);
        Assert.StartsWith((string)key["prefix"]!, secret, StringComparison.Ordinal);

        var record = await rig.RecordAsync(secret);
        Assert.Equal((string)key["id"]!, record!.Id);
        Assert.Equal(["anthropic/*"], record.Models!);
        Assert.Equal("42", record.Metadata!["cost-centre"]);
        Assert.Equal([record.Id], record.Accounts!);
        Assert.True(record.IsUsable(DateTimeOffset.UtcNow));

        var (status, shown) = await rig.GetAsync($"/admin/v1/keys/{key["id"]}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Null(shown["key"]);
        Assert.Equal("ci", (string)shown["name"]!);
    }

    [Fact]
    public async Task The_key_of_the_environment_exists_without_limits_under_a_stable_id()
    {
        var record = await rig.RecordAsync(BillingRig.ApiKey);
        Assert.Equal("key_default", record!.Id);
        Assert.Null(record.Limits);
        Assert.Null(record.Budget);
    }

    [Fact]
    public async Task A_patch_merges_null_removes_and_the_account_follows()
    {
        var key = await rig.CreateKeyAsync("""{"name":"a","limits":{"requestsPerMinute":5,"concurrentRequests":2},"budget":{"amount":10.5,"period":"day"}}""");
        var id = (string)key["id"]!;
        Assert.Equal(5, (await rig.Account(id).GetStatusAsync()).Requests!.Limit);

        var (status, changed) = await rig.SendAsync(
            HttpMethod.Patch, $"/admin/v1/keys/{id}", """{"limits":{"requestsPerMinute":null,"outputTokensPerMinute":900},"budget":{"amount":20}}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("a", (string)changed["name"]!);
        Assert.Null(changed["limits"]!["requestsPerMinute"]);
        Assert.Equal(2, (int)changed["limits"]!["concurrentRequests"]!);
        Assert.Equal("day", (string)changed["budget"]!["period"]!);

        var now = await rig.Account(id).GetStatusAsync();
        Assert.Null(now.Requests);
        Assert.Equal(900, now.OutputTokens!.Limit);
        Assert.Equal(20m, now.Budget!.Amount);
        Assert.Equal(20m, (await rig.RecordAsync((string)key["key"]!))!.Budget!.Amount);
    }

    [Fact]
    public async Task A_rotated_key_overlaps_and_a_rotation_without_overlap_ends_the_old_key_at_once()
    {
        var key = await rig.CreateKeyAsync("""{"name":"r"}""");
        var first = (string)key["key"]!;
        var (status, rotated) = await rig.SendAsync(HttpMethod.Post, $"/admin/v1/keys/{key["id"]}/rotate", """{"overlapSeconds":3600}""");
        Assert.Equal(HttpStatusCode.OK, status);
        var second = (string)rotated["key"]!;
        Assert.NotEqual(first, second);
        var old = await rig.RecordAsync(first);
        Assert.True(old!.IsUsable(DateTimeOffset.UtcNow.AddMinutes(50)));
        Assert.False(old.IsUsable(DateTimeOffset.UtcNow.AddMinutes(70)));
        Assert.True((await rig.RecordAsync(second))!.IsUsable(DateTimeOffset.UtcNow.AddYears(1)));

        var (_, again) = await rig.SendAsync(HttpMethod.Post, $"/admin/v1/keys/{key["id"]}/rotate", """{"overlapSeconds":0}""");
        Assert.Null(await rig.RecordAsync(first));
        Assert.Null(await rig.RecordAsync(second));
        Assert.NotNull(await rig.RecordAsync((string)again["key"]!));
    }

    [Fact]
    public async Task A_rotation_overlaps_for_a_day_when_nothing_else_is_said()
    {
        var key = await rig.CreateKeyAsync();
        await rig.SendAsync(HttpMethod.Post, $"/admin/v1/keys/{key["id"]}/rotate");
        var old = await rig.RecordAsync((string)key["key"]!);
        Assert.InRange(old!.ExpiresAt!.Value, DateTimeOffset.UtcNow.AddHours(23.9), DateTimeOffset.UtcNow.AddHours(24.1));
    }

    [Fact]
    public async Task A_revoked_key_stays_on_record_and_cannot_be_changed()
    {
        var key = await rig.CreateKeyAsync();
        var (status, revoked) = await rig.SendAsync(HttpMethod.Delete, $"/admin/v1/keys/{key["id"]}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.NotNull(revoked["revokedAt"]);
        Assert.False((await rig.RecordAsync((string)key["key"]!))!.IsUsable(DateTimeOffset.UtcNow));
        Assert.Equal(HttpStatusCode.OK, (await rig.GetAsync($"/admin/v1/keys/{key["id"]}")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/keys/{key["id"]}", """{"name":"x"}""")).Status);
    }

    [Fact]
    public async Task Keys_are_listed_in_pages_in_the_order_they_were_made()
    {
        var made = new List<string>();
        for (var i = 0; i < 7; i++)
            made.Add((string)(await rig.CreateKeyAsync())["id"]!);
        var listed = new List<string>();
        for (string? after = null; ;)
        {
            var (_, page) = await rig.GetAsync($"/admin/v1/keys?limit=3{(after is null ? "" : "&after=" + after)}");
            Assert.InRange(page["data"]!.AsArray().Count, 0, 3);
            listed.AddRange(page["data"]!.AsArray().Select(k => (string)k!["id"]!));
            if (!(bool)page["hasMore"]!)
                break;
            after = (string)page["nextAfter"]!;
        }

        Assert.Equal(listed.Count, listed.Distinct().Count());
        Assert.Equal(made, listed.Where(made.Contains));
    }

    [Theory]
    [InlineData("keys", "Sought <1>", "Another")]
    [InlineData("teams", "Sought <1>", "Another")]
    [InlineData("organizations", "Sought <1>", "Another")]
    public async Task What_is_searched_is_found_by_name_and_id_and_on_whatever_page_it_is(string kind, string name, string other)
    {
        var ids = new List<string>();
        foreach (var called in new[] { other, name, other + " 2", name + " 2", other + " 3" })
        {
            var (status, made) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/" + kind, System.Text.Json.JsonSerializer.Serialize(new { name = called }));
            Assert.Equal(HttpStatusCode.Created, status);
            ids.Add((string)made["id"]!);
        }

        Assert.Equal([ids[1], ids[3]], await FoundAsync("sOUGHT <"));
        Assert.Equal([ids[1], ids[3]], await FoundAsync(" sought ", limit: 1));
        Assert.Equal([ids[2]], await FoundAsync(ids[2]));
        Assert.Empty(await FoundAsync("nobody is called so"));
        Assert.Superset(ids.ToHashSet(), (await FoundAsync("")).ToHashSet());

        async Task<IReadOnlyList<string>> FoundAsync(string search, int limit = 1000)
        {
            var found = new List<string>();
            for (string? after = ""; after is not null;)
            {
                var query = $"?search={Uri.EscapeDataString(search)}&limit={limit}{(after.Length == 0 ? "" : "&after=" + after)}";
                var (status, page) = await rig.GetAsync($"/admin/v1/{kind}{query}");
                Assert.Equal(HttpStatusCode.OK, status);
                found.AddRange(page["data"]!.AsArray().Select(one => (string)one!["id"]!));
                after = (string?)page["nextAfter"];
            }

            return found;
        }
    }

    [Theory]
    [InlineData("""{"limits":{"requestsPerMinute":0}}""", "limits.requestsPerMinute")]
    [InlineData("""{"limits":{"requestsPerMinutes":5}}""", "limits.requestsPerMinutes")]
    [InlineData("""{"budget":{"amount":-1}}""", "budget.amount")]
    [InlineData("""{"budget":{"amount":1,"period":"year"}}""", "budget.period")]
    [InlineData("""{"budget":{"amount":1,"currency":"usd"}}""", "budget.currency")]
    [InlineData("""{"models":["a*b"]}""", "models[0]")]
    [InlineData("""{"models":[null],"budget":{"amount":1}}""", "models[0]")]
    [InlineData("""{"models":[{"a":"b"},"demo/*"],"budget":{"amount":1}}""", "models[0]")]
    [InlineData("""{"models":[]}""", "models")]
    [InlineData("""{"teamId":"team:nobody"}""", "teamId")]
    [InlineData("""{"expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"safeguardsModel":"no/model"}""", "safeguardsModel")]
    [InlineData("""{"name":5}""", "name")]
    [InlineData("""{"nmae":"x"}""", "nmae")]
    [InlineData("""{"limits":{"inputTokensPerMinute":100000000001}}""", "limits.inputTokensPerMinute")]
    [InlineData("""{"budget":{"amount":0.1234567890123456789}}""", "budget.amount")]
    [InlineData("""{"budget":{"amount":1,"maxReservation":0}}""", "budget.maxReservation")]
    [InlineData("""{"budget":{"period":"day"}}""", "budget")]
    [InlineData("""{"budget":{"amount":1,"warnAt":[0]}}""", "budget.warnAt")]
    [InlineData("""{"budget":{"amount":1,"warnAt":[50,50]}}""", "budget.warnAt")]
    [InlineData("""{"budget":{"amount":1,"warnAt":[1,2,3,4,5,6,7,8,9,10,11]}}""", "budget.warnAt")]
    [InlineData("""{"budget":{"amount":1,"warnAt":["50"]}}""", "budget.warnAt[0]")]
    [InlineData("""{"expiresAt":"soon"}""", "expiresAt")]
    [InlineData("""{"name":"\ud800"}""", "name")]
    [InlineData("""{"name":"\udc00x"}""", "name")]
    [InlineData("""{"metadata":{"a":"\ud800"}}""", "metadata.a")]
    [InlineData("""{"metadata":{"\ud800":"a","b":"c"}}""", "metadata")]
    [InlineData("""{"models":["a","\ud800"]}""", "models[1]")]
    [InlineData("""{"budget":{"amount":1,"currency":"\ud800"}}""", "budget.currency")]
    [InlineData("""{"nmae":"\ud800"}""", "nmae")]
    [InlineData("""{"name":"a","name":"b"}""", "name")]
    [InlineData("""{"limits":{"requestsPerMinute":1,"requestsPerMinute":2}}""", "limits.requestsPerMinute")]
    public async Task A_mistake_is_named_by_its_field(string body, string field)
    {
        var key = (string)(await rig.CreateKeyAsync())["id"]!;
        foreach (var (method, path) in new[] { (HttpMethod.Post, "/admin/v1/keys"), (HttpMethod.Patch, "/admin/v1/keys/" + key) })
        {
            if (method == HttpMethod.Patch && field == "expiresAt" && body.Contains("2001", StringComparison.Ordinal))
                continue;
            var (status, problem) = await rig.SendAsync(method, path, body);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains(field, problem["errors"]!.AsObject().Select(e => e.Key));
        }
    }

    [Theory]
    [InlineData("""{"nmae":"x"}""", "There are: value, name, models")]
    [InlineData("""{"limits":{"rpm":5}}""", "There are: requestsPerMinute")]
    [InlineData("""{"name":5}""", "A text.")]
    [InlineData("""{"models":[5]}""", "A text.")]
    [InlineData("""{"models":"a"}""", "A list.")]
    [InlineData("""{"limits":{"requestsPerMinute":1.5}}""", "A whole number.")]
    [InlineData("""{"budget":{"amount":"5"}}""", "A number.")]
    [InlineData("""{"budget":{"period":"day"}}""", "amount")]
    [InlineData("""{"budget":{"amount":1,"period":"year"}}""", "One of day, week, month, total.")]
    [InlineData("""{"nativeOnly":"yes"}""", "true or false.")]
    [InlineData("""{"metadata":{"a b":5}}""", "A text.")]
    [InlineData("""{"metadata":7}""", "An object.")]
    [InlineData("""{"expiresAt":"soon"}""", "A time as in")]
    [InlineData("""{"name":"\ud800"}""", "Send both halves")]
    [InlineData("""{"name" "x"}""", "line 1, byte 9")]
    public async Task A_mistake_says_what_would_be_right(string body, string expected)
    {
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/keys", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, (string)problem["errors"]!.AsObject().Single().Value![0]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("teams", """{"name":"\ud800"}""", "name")]
    [InlineData("organizations", """{"metadata":{"a":"\udfff"}}""", "metadata.a")]
    [InlineData("organizations", """{"nmae":1}""", "nmae")]
    [InlineData("keys/key_default/rotate", """{"overlapSeconds":"\ud800"}""", "overlapSeconds")]
    [InlineData("keys/key_default/rotate", """{"overlapSeconds":-1}""", "overlapSeconds")]
    [InlineData("keys/key_default/rotate", """{"overlap":1}""", "overlap")]
    public async Task Mistakes_in_the_other_bodies_are_named_too(string path, string body, string field)
    {
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/" + path, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(field, Assert.Single(problem["errors"]!.AsObject()).Key);
    }

    [Fact]
    public async Task A_body_that_is_no_utf8_is_a_problem_that_says_so()
    {
        using var content = new ByteArrayContent([.. "{\"name\":\""u8, 0xff, .. "\"}"u8]);
        using var answer = await rig.Billing.PostAsync(new Uri("/admin/v1/keys", UriKind.Relative), content);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("UTF-8", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"name":"a","name":"b"}""")]
    [InlineData("")]
    public async Task A_body_that_is_no_object_is_refused(string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await rig.SendAsync(HttpMethod.Post, "/admin/v1/keys", body)).Status);

    [Fact]
    public async Task An_unknown_key_is_not_found()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await rig.GetAsync("/admin/v1/keys/key_nobody")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.SendAsync(HttpMethod.Delete, "/admin/v1/keys/key_nobody")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.GetAsync("/admin/v1/keys/key_nobody/usage")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.GetAsync("/keys/key_nobody/self")).Status);
    }

    [Fact]
    public async Task A_change_of_a_key_is_announced_without_the_key()
    {
        var key = await rig.CreateKeyAsync("""{"name":"announced"}""");
        JsonNode notice;
        do
            notice = JsonNode.Parse((await rig.Ingress.NextAsync("/notices/keys")).Body)!;
        while ((string)notice["data"]!["keyId"]! != (string)key["id"]!);
        Assert.Equal("gateway.key.changed.v1", (string)notice["type"]!);
        Assert.Equal("created", (string)notice["data"]!["change"]!);
        Assert.DoesNotContain((string)key["key"]!, notice.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_sidecar_may_call()
    {
        using var stranger = new HttpClient { BaseAddress = rig.Billing.BaseAddress };
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync(new Uri("/admin/v1/keys", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync(new Uri("/healthz/live", UriKind.Relative))).StatusCode);
    }
}
