using System.Text;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.WebConsole;

/// <summary>What topics bring to the console and what its readers see of it.</summary>
public sealed class TopicTests(ConsoleGateway shared) : IClassFixture<ConsoleGateway>
{
    [Fact]
    public async Task Events_come_one_by_one_or_many_at_once_and_are_all_taken()
    {
        Assert.Equal("""{"status":"SUCCESS"}""", await shared.DeliverAsync(Topics.Usage, Cloud(Events.Of("req_alone"))));
        var bulk = """{"entries":[{"entryId":"1","event":""" + Cloud(Events.Of("req_first")) + """},{"entryId":"2","event":{"data":3}}],"id":"x"}""";
        Assert.Equal(
            """{"statuses":[{"entryId":"1","status":"SUCCESS"},{"entryId":"2","status":"SUCCESS"}]}""", await shared.DeliverAsync(Topics.Usage, bulk));
        using var reader = await shared.SignInAsync();
        foreach (var id in new[] { "req_alone", "req_first" })
        {
            var page = await reader.GetAsync("/console/live/request?id=" + id);
            Assert.Contains($"\"request_id\": \"{id}\"", page.Text);
        }

        Assert.Contains("not among the latest any more", (await reader.GetAsync("/console/live/request?id=req_unknown")).Text);
    }

    [Theory]
    [InlineData(Topics.Usage, "")]
    [InlineData(Topics.Usage, "[]")]
    [InlineData(Topics.Usage, "{}")]
    [InlineData(Topics.Usage, """{"entries":3}""")]
    [InlineData(Topics.Quota, """{"id":"1","type":"gateway.quota.warning.v1","data":null}""")]
    [InlineData(Topics.Keys, """{"id":4,"data":{}}""")]
    [InlineData(Topics.Audit, """{"data":{"number":"one"}}""")]
    public async Task What_is_no_event_is_taken_and_done_with(string topic, string body) => Assert.Contains("SUCCESS", await shared.DeliverAsync(topic, body));

    [Fact]
    public async Task A_notice_of_a_rules_account_says_which_rule_and_what_it_counts()
    {
        const string Rule = """{"id":"rule:1","name":"dear <models>","by":"model","value":"demo/echo"}""";
        const string Spent = """
            "time":"2026-11-30T10:00:00Z","percent":80,"amount":"5","spent":"4","currency":"USD","period":"day"
            """;
        const string Data = $$"""{"id":"w","accountId":"rule:1:x","rule":{{Rule}},{{Spent}}}""";
        const string Event = $$"""{"id":"w","type":"gateway.quota.warning.v1","data":{{Data}}}""";
        Assert.Contains("SUCCESS", await shared.DeliverAsync(Topics.Quota, Event));
        using var reader = await shared.SignInAsync();
        Assert.Contains("dear <models>, model demo/echo: 80 % of its budget of 5 USD are spent", (await reader.GetAsync("/console")).Text);
    }

    [Fact]
    public async Task A_request_is_listed_filtered_and_shown_with_all_that_is_known_of_it()
    {
        var (id, key) = await shared.Gateway.CreateKeyAsync(new { name = ConsoleGateway.Markup });
        using (var answer = await shared.Gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream: true, key: key)))
            await answer.Content.ReadAsStringAsync();
        using var reader = await shared.SignInAsync();
        var row = await UntilAsync(reader, "/console/live?key=" + id, page => page.Text.Contains("native/model-4.5"));
        Assert.Contains("completed", row.Text);
        Assert.DoesNotContain("native/model-4.5", (await reader.GetAsync("/console/live?outcome=error&key=" + id)).Text.Split("Dropped")[1]);
        Assert.Contains("of the last", (await reader.GetAsync("/console")).Text);
        var overview = await UntilAsync(reader, "/console", page => page.Text.Contains("created"));
        Assert.DoesNotContain("<img src=x", overview.Html);
    }

    [Fact]
    public async Task Nobody_sees_everybodys_requests_whose_key_does_not_let_him()
    {
        var admin = await shared.Gateway.AdminAsync(
            HttpMethod.Post, "/admin/v1/admin-keys", new { name = "team", role = "team_admin", scope = new[] { await TeamAsync() } });
        using var lead = await shared.SignInAsync(admin.GetProperty("key").GetString()!);
        foreach (var path in new[] { "/console/live", "/console/live/request?id=req_alone", "/console/live/stream" })
            Assert.Equal(403, (await lead.GetAsync(path)).Status);
        Assert.DoesNotContain("Live", (await lead.GetAsync("/console/connect")).Text);
    }

    private async Task<string> TeamAsync() =>
        (await shared.Gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { name = "lead's" })).GetProperty("id").GetString()!;

    private static async Task<ConsoleBrowser.Seen> UntilAsync(ConsoleBrowser reader, string path, Func<ConsoleBrowser.Seen, bool> isThere)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            var page = await reader.GetAsync(path);
            if (isThere(page))
                return page;
            await Task.Delay(25, limit.Token);
        }
    }

    private static string Cloud(UsageEvent e) =>
        $$"""{"id":"{{e.RequestId}}","type":"{{EventTypes.UsageRecorded}}","data":""" + Encoding.UTF8.GetString(UsageJson.Write(e)) + "}";
}
