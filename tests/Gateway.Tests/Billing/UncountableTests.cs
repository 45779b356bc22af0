using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Usage;

namespace Gateway.Tests.Billing;

/// <summary>What can never be counted is kept and answered for at once: a broker that tries it again would only hold up the others.</summary>
public class UncountableTests(BillingRig rig) : IClassFixture<BillingRig>
{
    private static int _next;

    private static string New(string prefix) => prefix + Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("accounts", """[""]""")]
    [InlineData("accounts", """[null]""")]
    [InlineData("accounts", """["{key}"," "]""")]
    [InlineData("accounts", """["{key}","../../x"]""")]
    [InlineData("accounts", """["{key}",".."]""")]
    [InlineData("accounts", """["{key}","a%2fb"]""")]
    [InlineData("accounts", """["{key}","team:\u0000"]""")]
    [InlineData("accounts", """["{key}","sum.no-organization"]""")]
    [InlineData("accounts", """["{key}","org:a","org:b"]""")]
    [InlineData("key_id", "\"sum.no-organization\"")]
    [InlineData("key_id", "\"org:a\"")]
    [InlineData("key_id", "\" \"")]
    [InlineData("key_id", "\"a?b\"")]
    [InlineData("cost", """{"amount":"-1","currency":"USD","price":{"currency":"USD","perMillion":{}}}""")]
    [InlineData("cost", """{"amount":"79228162514264337593543950335","currency":"USD","price":{"currency":"USD","perMillion":{}}}""")]
    [InlineData("cost", """{"amount":"1","currency":null,"price":{"currency":"USD","perMillion":{}}}""")]
    [InlineData("cost", """{"amount":"one","currency":"USD","price":{"currency":"USD","perMillion":{}}}""")]
    [InlineData("usage", """{"input_tokens":-5,"estimated":false}""")]
    [InlineData("usage", """{"output_tokens":9223372036854775807,"estimated":false}""")]
    [InlineData("usage", """{"output_tokens":1e40,"estimated":false}""")]
    [InlineData("usage", """{"iterations":[{"type":"compaction","usage":{"input_tokens":-1,"estimated":false}}],"estimated":false}""")]
    [InlineData("usage", """{"iterations":[null],"estimated":false}""")]
    [InlineData("usage", """{"iterations":[{"type":"compaction","usage":null}],"estimated":false}""")]
    [InlineData("usage", "null")]
    [InlineData("outcome", "\"exploded\"")]
    [InlineData("time", "\"0001-01-01T00:00:00Z\"")]
    [InlineData("time", "\"9999-12-31T23:59:59Z\"")]
    [InlineData("time", "\"yesterday\"")]
    [InlineData("\\ud800", "1")]
    public async Task An_event_that_can_never_be_counted_is_a_dead_letter_at_once_and_counted_nowhere(string field, string value)
    {
        var key = New("key_never");
        var json = JsonNode.Parse(UsageJson.Write(BillingRig.Event(New("req"), key)))!.AsObject();
        json.Remove(field);
        // As it stands: no JSON library writes half a character.
        var body = $$"""{"{{field}}":{{value.Replace("{key}", key, StringComparison.Ordinal)}},"mark":"{{key}}-mark",""" + json.ToJsonString()[1..];
        Assert.Equal("""{"status":"SUCCESS"}""", await PostAsync("/events/usage", body));
        var letter = await LetterAsync(key + "-mark");
        Assert.Equal(body, (string)letter["body"]!);
        Assert.NotEmpty((string)letter["reason"]!);
        Assert.Equal(0, (await rig.Account(key).GetBalanceAsync()).Events);
    }

    [Theory]
    [InlineData("{\"mark\":\"{mark}\"")]
    [InlineData("\"{mark}\"")]
    [InlineData("[1,\"{mark}\"]")]
    [InlineData("{\"specversion\":\"1.0\",\"data\":\"{mark} is a text\"}")]
    [InlineData("{\"specversion\":\"1.0\",\"data\":[\"{mark}\"]}")]
    public async Task A_delivery_that_is_no_event_at_all_is_a_dead_letter_at_once(string body)
    {
        var mark = New("no-event-");
        Assert.Equal("""{"status":"SUCCESS"}""", await PostAsync("/events/usage", body.Replace("{mark}", mark, StringComparison.Ordinal)));
        await LetterAsync(mark);
    }

    [Theory]
    [InlineData("application/cloudevents+json", "\"data\":{0}")]
    [InlineData("application/cloudevents+json; charset=utf-8", "\"data\":{0}")]
    [InlineData("application/json", "\"data\":{0}")]
    [InlineData("application/cloudevents+json", "\"dat\\u0061\":{0}")]
    [InlineData("application/cloudevents+json", "\"\\ud800\":1,\"data\":{0}")]
    [InlineData("application/cloudevents+json", "\"datacontenttype\":\"text/plain\",\"data\":{1}")]
    [InlineData("application/cloudevents+json", "\"datacontenttype\":\"application/octet-stream\",\"data_base64\":\"{2}\"")]
    public async Task An_event_is_found_in_every_form_of_envelope(string contentType, string member)
    {
        var key = New("key_form");
        var json = Encoding.UTF8.GetString(UsageJson.Write(BillingRig.Event(New("req"), key)));
        var data = member.Replace("{0}", json, StringComparison.Ordinal)
            .Replace("{1}", JsonValue.Create(json).ToJsonString(), StringComparison.Ordinal)
            .Replace("{2}", Convert.ToBase64String(Encoding.UTF8.GetBytes(json)), StringComparison.Ordinal);
        var envelope = $$"""{"specversion":"1.0","id":"1",{{data}},"topic":"usage"}""";
        Assert.Equal("""{"status":"SUCCESS"}""", await PostAsync("/events/usage", envelope, contentType));
        Assert.Equal(1, (await rig.Account(key).GetBalanceAsync()).Events);
    }

    [Fact]
    public async Task What_cannot_even_be_kept_is_asked_for_again()
    {
        await using var breaking = await BreakingSidecar.StartAsync();
        await using var own = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={breaking.Address}"] };
        own.SidecarStarted = address => breaking.Behind = address;
        await own.StartAsync();
        breaking.Refuse("/actors/DeadLetters/");
        using var content = new StringContent("""{"note":"no event"}""", Encoding.UTF8, "application/json");
        using (var answer = await own.Billing.PostAsync(new Uri("/events/usage", UriKind.Relative), content))
            Assert.Equal((HttpStatusCode.OK, """{"status":"RETRY"}"""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        breaking.Refuse(null);
        using var again = new StringContent("""{"note":"no event"}""", Encoding.UTF8, "application/json");
        using (var answer = await own.Billing.PostAsync(new Uri("/events/usage", UriKind.Relative), again))
            Assert.Equal("""{"status":"SUCCESS"}""", await answer.Content.ReadAsStringAsync());
    }

    private async Task<string> PostAsync(string path, string body, string contentType = "application/json")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var answer = await rig.Billing.PostAsync(new Uri(path, UriKind.Relative), content);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<JsonNode> LetterAsync(string mark) =>
        (await rig.GetAsync("/admin/v1/dead-letters?limit=1000")).Body["data"]!.AsArray()
            .Single(l => ((string)l!["body"]!).Contains(mark, StringComparison.Ordinal))!;
}
