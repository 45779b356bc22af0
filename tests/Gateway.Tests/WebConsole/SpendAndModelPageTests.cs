using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.WebConsole;

/// <summary>What was spent, what models cost, and what went wrong.</summary>
public sealed class SpendAndModelPageTests(ConsoleGateway shared) : IClassFixture<ConsoleGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task Spend_shows_what_the_report_says_as_a_chart_a_table_and_a_file()
    {
        var today = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "spender" });
        foreach (var model in new[] { "demo/echo", "demo/echo" })
        {
            using var answer = await _gateway.SendAsync(TestGateway.Post(
                "/v1/messages", $$"""{"model":"{{model}}","max_tokens":20,"messages":[{"role":"user","content":"Hello"}]}""", key));
            Assert.Equal(200, (int)answer.StatusCode);
        }

        await _gateway.UsageAsync(id, 2);
        using var browser = await shared.SignInAsync();
        // The day may have ended meanwhile.
        var last = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var page = await browser.GetAsync($"/console/spend?from={today}&to={last}&by=key");
        Assert.Equal(200, page.Status);
        Assert.Contains(id, page.Text);
        Assert.Contains("<svg viewBox=", page.Html);
        var row = Regex.Match(page.Html, $"<tr>\\s*<th scope=\"row\">{id}</th>(.*?)</tr>", RegexOptions.Singleline).Groups[1].Value;
        Assert.Equal(
            ["0.00 USD", "–", "", "2"],
            Regex.Matches(row, "<td[^>]*>(.*?)</td>").Take(4).Select(m => System.Net.WebUtility.HtmlDecode(m.Groups[1].Value)));
        var file = await browser.GetAsync($"/console/spend/csv?from={today}&to={last}&by=key");
        Assert.Contains(id, file.Html);
        Assert.Contains("key_id", file.Html);
        Assert.Equal(400, (await browser.GetAsync("/console/spend?from=2001-01-01&to=2026-01-01")).Status);
        Assert.Contains("Nothing was used in these days", (await browser.GetAsync("/console/spend?from=2020-01-01&to=2020-01-31")).Text);
    }

    [Fact]
    public async Task Many_keys_are_all_in_the_table_and_the_dearest_in_the_chart()
    {
        var ids = new List<string>();
        for (var i = 0; i < 24; i++)
        {
            var (id, key) = await _gateway.CreateKeyAsync(new { name = $"one of many {i}" });
            using var answer = await _gateway.SendAsync(TestGateway.Post(
                "/v1/messages", """{"model":"demo/echo","max_tokens":20,"messages":[{"role":"user","content":"Hello"}]}""", key));
            Assert.Equal(200, (int)answer.StatusCode);
            ids.Add(id);
        }

        foreach (var id in ids)
            await _gateway.UsageAsync(id, 1);
        using var browser = await shared.SignInAsync();
        var page = await browser.GetAsync("/console/spend?by=key");
        Assert.Equal(200, page.Status);
        Assert.All(ids, id => Assert.Contains($"<th scope=\"row\">{id}</th>", page.Html));
        Assert.Contains("Spend by day and key", page.Text);
    }

    [Fact]
    public async Task Models_without_a_price_are_marked_and_found()
    {
        using var browser = await shared.SignInAsync();
        var prices = await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/prices");
        var unpriced = prices.GetProperty("unpriced").EnumerateArray().Select(m => m.GetString()!).ToList();
        var page = await browser.GetAsync("/console/models?unpriced=true");
        Assert.Equal(Math.Min(100, unpriced.Count), Regex.Count(page.Html, "badge bad\">no price"));
        Assert.Contains("demo/echo", (await browser.GetAsync("/console/models?search=DEMO")).Text);
        Assert.Contains("No model of the catalog", (await browser.GetAsync("/console/models?search=zzz")).Text);
    }

    [Fact]
    public async Task A_request_is_explained_beside_itself_and_a_mistake_in_it_is_told()
    {
        using var browser = await shared.SignInAsync();
        var form = await browser.GetAsync("/console/models/explain");
        var request = """{"model":"demo/echo","max_tokens":10,"messages":[{"role":"user","content":"</textarea><script>x"}]}""";
        var explained = await browser.SubmitAsync(form, new() { ["request"] = request }, "value=\"explain\"");
        Assert.Equal(200, explained.Status);
        Assert.Contains("\"provider\": \"demo\"", explained.Text);
        Assert.DoesNotContain("<script>x", explained.Html);
        var wrong = await browser.SubmitAsync(form, new() { ["request"] = "{\"model\":" }, "value=\"explain\"");
        Assert.Equal(400, wrong.Status);
        Assert.Contains("{\"model\":", wrong.Text);
    }

    [Fact]
    public async Task A_model_is_tried_with_a_clients_key_and_a_wrong_key_does_not_end_the_session()
    {
        using var browser = await shared.SignInAsync();
        var form = await browser.GetAsync("/console/models/try");
        var fields = new Dictionary<string, string>
        {
            ["model"] = "demo/echo",
            ["key"] = TestGateway.ApiKey,
            ["tokens"] = "20",
            ["message"] = "Hello <b>you",
        };
        var answer = await browser.SubmitAsync(form, fields, "data-try");
        Assert.Equal(200, answer.Status);
        Assert.Contains("tokens in", answer.Text);
        Assert.DoesNotContain("<b>you", answer.Html);
        Assert.DoesNotContain(TestGateway.ApiKey, answer.Html);
        fields["key"] = "gw-nobody";
        Assert.Equal(400, (await browser.SubmitAsync(form, fields, "data-try")).Status);
        Assert.Equal(200, (await browser.GetAsync("/console")).Status);
    }

    [Fact]
    public async Task A_dead_letter_is_looked_at_corrected_and_counted_and_another_thrown_away()
    {
        using var sidecar = _gateway.SidecarClient("ingress");
        var (id, _) = await _gateway.CreateKeyAsync(new { name = "of a letter" });
        var mark = Guid.NewGuid().ToString("N");
        foreach (var body in new[] { $$"""{"request_id":"req_{{mark}}","key_id":"{{id}}"}""", $$"""{"junk":"{{mark}} <i>"}""" })
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var published = await sidecar.PostAsync("/v1.0/publish/pubsub/usage", content);
            Assert.True(published.IsSuccessStatusCode);
        }

        using var browser = await shared.SignInAsync();
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        List<(string Path, ConsoleBrowser.Seen Page)> letters;
        do
        {
            await Task.Delay(50, limit.Token);
            letters = [];
            var list = await browser.GetAsync("/console/trouble");
            foreach (var path in Regex.Matches(list.Html, "/console/trouble/letters/[^\"]+").Select(m => m.Value))
            {
                if (await browser.GetAsync(path) is { Status: 200 } page && page.Html.Contains(mark, StringComparison.Ordinal))
                    letters.Add((path, page));
            }
        }
        while (letters.Count < 2);
        var junk = letters.Single(l => l.Page.Html.Contains("junk", StringComparison.Ordinal));
        Assert.DoesNotContain("<i>", junk.Page.Html);
        var (letter, shown) = letters.Single(l => l != junk);
        var untouched = System.Net.WebUtility.HtmlDecode(Regex.Match(shown.Html, "<textarea[^>]*>(.*?)</textarea>", RegexOptions.Singleline).Groups[1].Value);
        Assert.Equal(409, (await browser.SubmitAsync(shown, new() { ["event"] = untouched.ReplaceLineEndings("\r\n") }, "value=\"replay\"")).Status);
        var corrected = $$"""
            {"request_id":"req_{{mark}}","key_id":"{{id}}","time":"{{DateTime.UtcNow:O}}","surface":"/v1/messages","requested_model":"demo/echo",
            "model":"demo/echo","provider":"demo","upstream_model":"echo","stream":false,"outcome":"completed","status":200,
            "usage":{"input_tokens":1,"output_tokens":2},"latency_ms":3,"attempts":1}
            """;
        var replayed = await browser.SubmitAsync(shown, new() { ["event"] = corrected }, "value=\"replay\"");
        Assert.Equal((302, "/console/trouble"), (replayed.Status, replayed.Location));
        await _gateway.UsageAsync(id, 1);
        Assert.Equal(404, (await browser.GetAsync(letter)).Status);
        await browser.SubmitAsync(junk.Page, new() { ["sure"] = "on" }, "value=\"discard\"");
        Assert.Equal(404, (await browser.GetAsync(junk.Path)).Status);
        var counted = await browser.GetAsync("/console/trouble/reconciliation?run=1");
        Assert.Contains("Everything on this page agrees", counted.Text);
        Assert.Contains("dead_letter.replayed", (await browser.GetAsync("/console/trouble/audit")).Text);
    }
}
