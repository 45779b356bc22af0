using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Tests.Billing;

/// <summary>Reports by user, session, agent, request class, tag and hour.</summary>
public class OriginReportTests(BillingRig rig) : IClassFixture<BillingRig>
{
    private const string Days = "from=2026-03-14&to=2026-03-16";
    private static readonly DateTimeOffset Midnight = new(2026, 3, 14, 0, 0, 0, TimeSpan.Zero);
    private static int _next;

    private static string New(string prefix) => prefix + Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture);

    /// <summary>Each report, in whatever groups, adds up to the same, and each of its lines to what the events of the group do.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_it_is_grouped_by_a_report_is_what_the_events_add_up_to(int seed)
    {
        var random = new Random(seed);
        string[] keys = [New("key_a"), New("key_b"), New("key_c")];
        string[] teams = [await TeamAsync(), await TeamAsync()];
        var organization = New("org:o");
        var events = Enumerable.Range(0, 120).Select(_ => Any(random, keys, teams, organization)).ToList();
        // As a build before facts recorded them.
        foreach (var old in events.Take(15))
        {
            foreach (var account in old.Accounts!)
            {
                await rig.Account(account).RecordUsageAsync(new UsageBatch
                {
                    Entries = [BillingRig.Entry(old) with { Origin = null, Event = AccountIds.IsGroup(account) ? null : UsageJson.Write(old) }],
                });
            }
        }

        await Task.WhenAll(events.Skip(15).Select(DeliverAsync));
        foreach (var by in new[]
        {
            "", "user", "session", "agent", "request_class", "tag:env", "tag:project", "hour", "day,user", "model,user,tag:env", "hour,provider,request_class",
            "user,session,agent,tag:env,tag:project,hour,day,model,provider,request_class", "tag:absent",
        })
        {
            foreach (var key in keys)
                Check(events, 15, e => e.KeyId == key, by, await ReportAsync($"keys/{key}/usage", by));
            foreach (var team in teams)
                Check(events, 15, e => e.Accounts!.Contains(team), by, await ReportAsync($"teams/{team}/usage", by));
        }

        // The keys of a team, of whom one has used another team, too.
        foreach (var team in teams)
            Check(events, 15, e => e.Accounts!.Contains(team), "key,user", await ReportAsync($"teams/{team}/usage", "key,user"));
    }

    [Fact]
    public async Task All_usage_is_grouped_by_a_tag_under_keys_teams_and_organisations()
    {
        var day = new DateTimeOffset(2025, 8, 1, 8, 0, 0, TimeSpan.Zero);
        string a = New("key_a"), b = New("key_b"), team = New("team:t"), organization = New("org:o");
        await DeliverAsync(Tagged(BillingRig.Event(New("req"), a, day, 1m) with { Accounts = [a, team, organization] }, "env", "prod"));
        await DeliverAsync(Tagged(BillingRig.Event(New("req"), b, day, 2m) with { Accounts = [b, team, organization] }, "env", "dev"));
        await DeliverAsync(Tagged(BillingRig.Event(New("req"), b, day, 4m), "env", "prod"));
        foreach (var (by, lines) in new[]
        {
            ("tag:env", $"prod 5|dev 2"), ("key,tag:env", $"{a} prod 1|{b} dev 2|{b} prod 4"), ("team,tag:env", $"{team} dev 2|{team} prod 1"),
            ("organization,tag:env", $"{organization} dev 2|{organization} prod 1"),
        })
        {
            var (status, report) = await rig.GetAsync($"/admin/v1/usage?from=2025-08-01&to=2025-08-01&groupBy={by}");
            Assert.Equal(HttpStatusCode.OK, status);
            var shown = report["data"]!.AsArray().Select(l =>
                $"{(string?)(l!["key_id"] ?? l["team_id"] ?? l["organization_id"])} {(string?)l["tags"]!["env"]} {(string?)l["cost"]}".Trim());
            Assert.Equal(lines.Split('|').Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_holder_groups_his_keys_usage_by_all_but_who_owns_it()
    {
        var key = New("key_own");
        await DeliverAsync(BillingRig.Event(New("req"), key, Midnight) with { User = "u1", Session = "s1" });
        var (status, report) = await rig.GetAsync($"/keys/{key}/usage?{Days}&groupBy=user,session");
        Assert.Equal(HttpStatusCode.OK, status);
        var line = Assert.Single(report["data"]!.AsArray())!;
        Assert.Equal(("u1", "s1"), ((string?)line["user"], (string?)line["session"]));
        Assert.Equal(HttpStatusCode.BadRequest, (await rig.GetAsync($"/keys/{key}/usage?groupBy=user,key")).Status);
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("tag:")]
    [InlineData("tag:a b")]
    [InlineData("users")]
    [InlineData("128")]
    [InlineData("none")]
    [InlineData("requestclass")]
    public async Task What_nobody_can_group_by_is_told_with_what_one_can(string by)
    {
        var (status, problem) = await rig.GetAsync($"/admin/v1/usage?groupBy={Uri.EscapeDataString(by)}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("tag:<name>", (string)problem["errors"]!["groupBy"]![0]!);
    }

    [Fact]
    public async Task Too_many_tags_at_once_are_refused()
    {
        var (status, _) = await rig.GetAsync("/admin/v1/usage?groupBy=" + string.Join(',', Enumerable.Range(0, 17).Select(i => $"tag:t{i}")));
        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task No_value_of_a_tag_becomes_a_formula_or_another_field_in_csv()
    {
        var key = New("key_csv");
        string[] hostile = ["=HYPERLINK(\"http://x\")", "+1", "-1+2", "@SUM(A1)", "a,b", "a;=1+1", "plain", "\"quoted\"", "＝1", "'x"];
        foreach (var value in hostile)
            await DeliverAsync(Tagged(BillingRig.Event(New("req"), key, Midnight), "env", value) with { User = "line\r\n=1" });
        var csv = await rig.Billing.GetStringAsync(new Uri($"/admin/v1/keys/{key}/usage?{Days}&groupBy=user,tag:env&format=csv", UriKind.Relative));
        var lines = csv.Replace("\"line\r\n=1\"", "USER").TrimEnd().Split("\r\n");
        Assert.StartsWith("user,tag:env,requests,", lines[0]);
        Assert.Equal(
            new[]
            {
                "\"'=HYPERLINK(\"\"http://x\"\")\"", "'+1", "'-1+2", "'@SUM(A1)", "\"a,b\"", "\"a;=1+1\"", "plain", "\"\"\"quoted\"\"\"", "'＝1", "'x",
            }.Order(StringComparer.Ordinal),
            lines.Skip(1).Select(l => l["USER,".Length..l.IndexOf(",1,10,20,", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_report_that_would_have_too_many_lines_says_what_to_ask_instead()
    {
        var table = new UsageTable(new(UsageGrouping.User, []));
        var row = UsageRow.Of(BillingRig.Event("r", "k", Midnight));
        void Fill(int users)
        {
            for (var i = 0; i < users; i++)
            {
                var origin = new UsageOrigin { Hour = 0, User = i.ToString(CultureInfo.InvariantCulture) };
                table.Add("k", row.Day, new UsageFact { Origin = origin, Model = "m", Provider = "p", Sums = row.Sums });
            }
        }

        Fill(100_000);
        var e = Assert.Throws<ReportTooLargeException>(() => Fill(100_001));
        Assert.Contains("fewer days", e.Message);
    }

    private async Task<string> TeamAsync() => (string)(await rig.SendAsync(HttpMethod.Post, "/admin/v1/teams", "{}")).Body["id"]!;

    private async Task<JsonNode> ReportAsync(string path, string by)
    {
        var (status, report) = await rig.GetAsync($"/admin/v1/{path}?{Days}&groupBy={by}");
        Assert.True(status == HttpStatusCode.OK, report.ToJsonString());
        return report;
    }

    private static UsageEvent Tagged(UsageEvent e, string name, string value) => e with { Tags = new Dictionary<string, string> { [name] = value } };

    private static UsageEvent Any(Random random, string[] keys, string[] teams, string organization)
    {
        string? One(params string?[] of) => of[random.Next(of.Length)];
        var key = random.Next(keys.Length);
        var tags = new Dictionary<string, string>();
        if (One("prod", "dev", null) is { } env)
            tags["env"] = env;
        if (One("search", "ads", null) is { } project)
            tags["project"] = project;
        return BillingRig.Event(
            New("req"), keys[key], Midnight.AddHours(random.Next(72)), random.Next(8) == 0 ? null : random.Next(100) / 1000m, One("USD", "USD", "EUR")!,
            One("m1", "m2")!, One("p1", "p2")!) with
        {
            // The third key moves between the teams.
            Accounts = [keys[key], teams[key < 2 ? key : random.Next(2)], organization],
            User = One("u1", "u2", null),
            Session = One("s1", "s2", "s3", null),
            Agent = One("a1", null),
            RequestClass = One("main", "subagent", null),
            Tags = tags.Count > 0 ? tags : null,
        };
    }

    private static void Check(List<UsageEvent> all, int old, Func<UsageEvent, bool> isMeant, string by, JsonNode report)
    {
        var fields = by.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var expected = new Dictionary<string, (int Requests, long Input, Dictionary<string, decimal> Cost)>();
        for (var i = 0; i < all.Count; i++)
        {
            if (!isMeant(all[i]))
                continue;
            var e = all[i];
            var group = string.Join('|', fields.Select(f => $"{f}={(i < old ? OfOld(e, f) : Of(e, f))}"));
            var (requests, input, cost) = expected.TryGetValue(group, out var known) ? known : (0, 0, []);
            if (e.Cost is { } c)
                cost[c.Currency] = cost.GetValueOrDefault(c.Currency) + c.Amount;
            expected[group] = (requests + 1, input + e.Usage.InputTokens!.Value, cost);
        }

        var shown = new Dictionary<string, (int Requests, long Input, Dictionary<string, decimal> Cost)>();
        foreach (var line in report["data"]!.AsArray())
        {
            var group = string.Join('|', fields.Select(f => $"{f}={OfLine(line!, f)}"));
            var (requests, input, cost) = shown.TryGetValue(group, out var known) ? known : (0, 0, []);
            if ((string?)line!["currency"] is { } currency)
                cost[currency] = cost.GetValueOrDefault(currency) + decimal.Parse((string)line["cost"]!, CultureInfo.InvariantCulture);
            shown[group] = (requests + (int)line["requests"]!, input + (long)line["input_tokens"]!, cost);
        }

        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), shown.Keys.Order(StringComparer.Ordinal));
        foreach (var (group, (requests, input, cost)) in expected)
        {
            Assert.Equal((group, requests, input), (group, shown[group].Requests, shown[group].Input));
            Assert.Equal(cost.OrderBy(c => c.Key), shown[group].Cost.OrderBy(c => c.Key));
        }

        Assert.Equal(expected.Values.Sum(v => v.Requests), (int)report["totals"]!["requests"]!);
    }

    private static string? Of(UsageEvent e, string field) => field switch
    {
        "user" => e.User,
        "session" => e.Session,
        "agent" => e.Agent,
        "request_class" => e.RequestClass,
        "hour" => e.Time.UtcDateTime.ToString("yyyy-MM-ddTHH", CultureInfo.InvariantCulture),
        "key" => e.KeyId,
        _ when field.StartsWith("tag:", StringComparison.Ordinal) => e.Tags?.GetValueOrDefault(field[4..]),
        _ => OfOld(e, field),
    };

    private static string? OfOld(UsageEvent e, string field) => field switch
    {
        "day" => e.Time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        "model" => e.Model,
        "provider" => e.Provider,
        _ => null,
    };

    private static string? OfLine(JsonNode line, string field) => field switch
    {
        "hour" => ((string?)line["hour"])?[..13],
        "key" => (string?)line["key_id"],
        _ when field.StartsWith("tag:", StringComparison.Ordinal) => (string?)line["tags"]?[field[4..]],
        _ => (string?)line[field],
    };

    private async Task DeliverAsync(UsageEvent e)
    {
        using var content = new ByteArrayContent(UsageJson.Write(e)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = await rig.Billing.PostAsync(new Uri("/events/usage", UriKind.Relative), content);
        Assert.Equal("""{"status":"SUCCESS"}""", await answer.Content.ReadAsStringAsync());
    }
}
