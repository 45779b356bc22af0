using System.Net;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using static Gateway.Tests.EndToEnd.WebGateway;

namespace Gateway.Tests.EndToEnd;

/// <summary>Anthropic's web search on a model whose provider has none: by the operator's search service (rule E95).</summary>
public sealed class WebSearchTests(WebGateway web) : IClassFixture<WebGateway>
{
    private const string Pages =
        """
        [{"url":"https://a.example/one","title":"One","content":"The first page.","publishedDate":"2026-03-01"},
         {"url":"https://b.example/two","title":"Two","content":"The second page."},
         {"url":"ftp://c.example/three","title":"Three","content":""},
         {"url":"https://docs.a.example/guide/four","title":"Four","content":"The fourth page."},
         {"url":"https://e.example/five","title":"Five","content":"The fifth page."}]
        """;

    private static (string, string) Search(string query) => ("web_search", $$"""{"query":"{{query}}"}""");

    private static List<string> Types(JsonObject? message) => [.. message!["content"]!.AsArray().Select(b => b!["type"]!.GetValue<string>())];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_model_searches_and_the_client_sees_Anthropics_blocks(bool stream)
    {
        var word = $"alpha{stream}";
        web.Script(word, new Turn("Let me look.", Search($"{word} news")), new Turn("It is in the first page."));
        web.Found(word, Pages);
        var (id, key) = await web.Gateway.CreateKeyAsync(new { budget = new { amount = 1, enforcement = "soft" } });
        var (status, message, text) = await web.AskAsync(Request($"Look for {word}"), stream, key);
        Assert.True(status == HttpStatusCode.OK, text);
        Assert.Equal(["text", "server_tool_use", "web_search_tool_result", "text"], Types(message));
        var content = message!["content"]!.AsArray();
        Assert.Equal(("web_search", $"{word} news"), (content[1]!["name"]!.GetValue<string>(), content[1]!["input"]!["query"]!.GetValue<string>()));
        Assert.Equal(content[1]!["id"]!.GetValue<string>(), content[2]!["tool_use_id"]!.GetValue<string>());
        var results = content[2]!["content"]!.AsArray();
        Assert.Equal(
            ["https://a.example/one", "https://b.example/two", "https://docs.a.example/guide/four"], results.Select(r => r!["url"]!.GetValue<string>()));
        Assert.Equal(("One", "2026-03-01"), (results[0]!["title"]!.GetValue<string>(), results[0]!["page_age"]!.GetValue<string>()));
        Assert.Equal("end_turn", message["stop_reason"]!.GetValue<string>());
        // Both calls of the model, and one search.
        var usage = message["usage"]!;
        Assert.Equal((200, 20), (usage["input_tokens"]!.GetValue<int>(), usage["output_tokens"]!.GetValue<int>()));
        Assert.Equal(1, usage["server_tool_use"]!["web_search_requests"]!.GetValue<int>());
        var e = await web.EventAsync(id);
        Assert.Equal("0.0059", e.GetProperty("cost").GetProperty("amount").GetString());

        var calls = web.Calls(word);
        Assert.Equal(2, calls.Count);
        var function = calls[0].GetProperty("tools")[0].GetProperty("function");
        Assert.Equal("web_search", function.GetProperty("name").GetString());
        var told = calls[1].GetProperty("messages");
        Assert.Equal("Let me look.", told[1].GetProperty("content").GetString());
        Assert.Equal(told[1].GetProperty("tool_calls")[0].GetProperty("id").GetString(), told[2].GetProperty("tool_call_id").GetString());
        Assert.Contains("The first page.", told[2].GetProperty("content").GetString());
        var asked = Assert.Single(web.Searches(word));
        Assert.Contains("format=json", asked.Query);
    }

    [Fact]
    public async Task What_was_found_is_with_the_client_before_the_model_goes_on()
    {
        var gate = new Gate();
        web.Gateway.Upstream.Always(r => r.Text.Contains("eager") && !r.Text.Contains("tool_call_id"), _ => new Turn(null, Search("eager")).Answer(true));
        web.Gateway.Upstream.Always(
            r => r.Text.Contains("eager"),
            _ => Answer.Sse().FlushHeaders().At(gate)
                .Data(Streams.Chunk("""{"content":"Done."}""")).Data(Streams.Chunk("{}", "\"stop\"")).Data("[DONE]"));
        web.Found("eager", Pages);
        using var response = await web.Gateway.SendAsync(TestGateway.Post("/v1/messages", Request("eager", more: "\"stream\":true,")));
        using var client = await ClientStream.OpenAsync(response);
        var seen = new List<string>();
        while (!seen.Exists(d => d.Contains("https://a.example/one")))
            seen.Add((await client.NextAsync())!.Value.Data);
        gate.Release();
        Assert.Contains("message_stop", (await client.RestAsync())[^1].Data);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tools_of_the_client_called_beside_it_end_the_turn_and_the_next_one_goes_on(bool stream)
    {
        var word = $"beside{stream}";
        web.Script(word, new Turn("Both.", Search(word), ("weather", """{"city":"Oslo"}""")), new Turn("Cold, says page one."));
        web.Found(word, Pages);
        const string tools = """,{"name":"weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}""";
        var (_, message, text) = await web.AskAsync(Request(word, tools: tools), stream);
        Assert.True(message is not null, text);
        Assert.Equal(["text", "server_tool_use", "tool_use", "web_search_tool_result"], Types(message));
        Assert.Equal("tool_use", message["stop_reason"]!.GetValue<string>());
        Assert.Single(web.Calls(word));

        var next = JsonNode.Parse(Request(word, tools: tools))!.AsObject();
        next["messages"]!.AsArray().Add(new JsonObject { ["role"] = "assistant", ["content"] = message["content"]!.DeepClone() });
        next["messages"]!.AsArray().Add(JsonNode.Parse(
            $$"""{"role":"user","content":[{"type":"tool_result","tool_use_id":"{{message["content"]![2]!["id"]}}","content":"2 degrees"}]}"""));
        var (_, answer, second) = await web.AskAsync(next.ToJsonString(), stream);
        Assert.True(answer is not null, second);
        Assert.Equal(["text"], Types(answer));
        var told = web.Calls(word)[1].GetProperty("messages");
        var called = told[1].GetProperty("tool_calls").EnumerateArray().Select(c => c.GetProperty("id").GetString()).Order();
        var answered = told.EnumerateArray().Where(m => m.GetProperty("role").GetString() == "tool").Select(m => m.GetProperty("tool_call_id").GetString());
        Assert.Equal(called, answered.Order());
        Assert.Contains("The first page.", told.GetRawText());
        Assert.Contains("2 degrees", told.GetRawText());
    }

    [Fact]
    public async Task More_uses_than_the_client_allows_are_told_to_the_model_and_cost_nothing()
    {
        web.Script("often", new Turn(null, Search("often one"), Search("often two")), new Turn("Enough."));
        web.Found("often", Pages);
        var (_, message, text) = await web.AskAsync(Request("often", ", \"max_uses\": 1"), stream: true);
        Assert.True(message is not null, text);
        Assert.Equal(["server_tool_use", "server_tool_use", "web_search_tool_result", "web_search_tool_result", "text"], Types(message));
        Assert.Equal("web_search_tool_result_error", message["content"]![3]!["content"]!["type"]!.GetValue<string>());
        Assert.Equal("max_uses_exceeded", message["content"]![3]!["content"]!["error_code"]!.GetValue<string>());
        Assert.Equal(1, message["usage"]!["server_tool_use"]!["web_search_requests"]!.GetValue<int>());
        Assert.Single(web.Searches("often"));
        // Nothing is left to search with: the model is asked for its answer.
        Assert.Equal("none", web.Calls("often")[1].GetProperty("tool_choice").GetString());
        Assert.Contains("max uses exceeded", web.Calls("often")[1].GetRawText());
    }

    [Theory]
    [InlineData("""{"query":"busy429"}""", 429, "too_many_requests")]
    [InlineData("""{"query":"busy500"}""", 500, "unavailable")]
    [InlineData("""{"query":"busy400"}""", 400, "invalid_tool_input")]
    [InlineData("""{"quest":"busy200"}""", 200, "invalid_tool_input")]
    [InlineData("""{"query":7}""", 200, "invalid_tool_input")]
    public async Task What_goes_wrong_is_a_result_with_Anthropics_code(string input, int status, string code)
    {
        var word = $"wrong{input.Length}{status}{code.Length}";
        web.Script(word, new Turn(null, ("web_search", input)), new Turn("I could not look."));
        web.Found($"busy{status}", "[]", status);
        var (_, message, text) = await web.AskAsync(Request(word), stream: true);
        Assert.True(message is not null, text);
        Assert.Equal(["server_tool_use", "web_search_tool_result", "text"], Types(message));
        Assert.Equal(code, message["content"]![1]!["content"]!["error_code"]!.GetValue<string>());
        Assert.Equal(0, message["usage"]!["server_tool_use"]!["web_search_requests"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_query_that_is_too_long_and_a_service_that_hangs_are_results_too()
    {
        web.Script("lengthy", new Turn(null, Search(new string('x', 1001)), Search("hanging")), new Turn("I could not look."));
        web.Service.Always(r => r.Query.Contains("hanging"), _ => Answer.Silence());
        var (_, message, text) = await web.AskAsync(Request("lengthy"), stream: true);
        Assert.True(message is not null, text);
        Assert.Equal("query_too_long", message["content"]![2]!["content"]!["error_code"]!.GetValue<string>());
        Assert.Equal("unavailable", message["content"]![3]!["content"]!["error_code"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("\"allowed_domains\":[\"a.example\"]", "site%3Aa.example", 2)]
    [InlineData("\"allowed_domains\":[\"a.example/guide\"]", "site%3Aa.example%2Fguide", 1)]
    [InlineData("\"blocked_domains\":[\"a.example\"]", "-site%3Aa.example", 2)]
    public async Task Domains_are_asked_for_and_held_to(string domains, string query, int left)
    {
        var word = $"domain{query.Length}{left}";
        web.Script(word, new Turn(null, Search(word)), new Turn("Done."));
        web.Found(word, Pages);
        var (_, message, text) = await web.AskAsync(Request(word, $",{domains}"), stream: false);
        Assert.True(message is not null, text);
        Assert.Equal(left, message["content"]![1]!["content"]!.AsArray().Count);
        Assert.Contains(query, Assert.Single(web.Searches(word)).Query);
    }

    [Theory]
    [InlineData("\"allowed_domains\":[\"https://a.example\"]", "tools.0.allowed_domains.0")]
    [InlineData("\"allowed_domains\":[\"a.example\"],\"blocked_domains\":[\"b.example\"]", "tools.0.blocked_domains")]
    [InlineData("\"max_uses\":0", "tools.0.max_uses")]
    [InlineData("\"user_location\":{\"type\":\"exact\"}", "tools.0.user_location.type")]
    public async Task What_the_tool_cannot_be_is_refused_by_name(string member, string place)
    {
        var (status, _, text) = await web.AskAsync(Request("refused", $",{member}"), stream: false);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains($"{place}:", text);
    }

    [Fact]
    public async Task A_forced_search_is_forced_once()
    {
        web.Script("forced", new Turn(null, Search("forced")), new Turn("Done."));
        web.Found("forced", Pages);
        var (_, message, text) = await web.AskAsync(Request("forced", more: "\"tool_choice\":{\"type\":\"tool\",\"name\":\"web_search\"},"), stream: true);
        Assert.True(message is not null, text);
        var calls = web.Calls("forced");
        Assert.Equal("web_search", calls[0].GetProperty("tool_choice").GetProperty("function").GetProperty("name").GetString());
        Assert.Equal("auto", calls[1].GetProperty("tool_choice").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_model_that_never_stops_searching_is_paused_and_goes_on_when_it_is_sent_on(bool stream)
    {
        var word = $"endless{stream}";
        web.Script(word, new Turn(null, Search(word)));
        web.Found(word, Pages);
        var (_, message, text) = await web.AskAsync(Request(word), stream);
        Assert.True(message is not null, text);
        Assert.Equal("pause_turn", message["stop_reason"]!.GetValue<string>());
        Assert.Equal(5, web.Calls(word).Count);
        Assert.Equal((10, "web_search_tool_result"), (Types(message).Count, Types(message)[^1]));
        Assert.Equal(500, message["usage"]!["input_tokens"]!.GetValue<int>());

        var next = JsonNode.Parse(Request(word))!.AsObject();
        next["messages"]!.AsArray().Add(new JsonObject { ["role"] = "assistant", ["content"] = message["content"]!.DeepClone() });
        var (status, _, second) = await web.AskAsync(next.ToJsonString(), stream);
        Assert.True(status == HttpStatusCode.OK, second);
        var told = web.Calls(word)[5].GetProperty("messages");
        Assert.True(told.GetArrayLength() == 11, told.GetRawText());
        Assert.Equal("tool", told[10].GetProperty("role").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failure_after_the_search_is_told_and_what_was_used_is_paid(bool stream)
    {
        var word = $"failing{stream}";
        web.Gateway.Upstream.Always(r => r.Text.Contains(word) && !r.Text.Contains("tool_call_id"), _ => new Turn("Well.", Search(word)).Answer(stream));
        web.Gateway.Upstream.Always(
            r => r.Text.Contains(word), _ => Answer.Json("""{"error":{"message":"It broke.","type":"server_error","code":null}}""", 500));
        web.Found(word, Pages);
        var (id, key) = await web.Gateway.CreateKeyAsync();
        var (status, message, text) = await web.AskAsync(Request(word), stream, key);
        Assert.Null(message);
        Assert.Equal(stream, status == HttpStatusCode.OK);
        Assert.Contains("\"type\":\"error\"", text);
        var usage = (await web.EventAsync(id)).GetProperty("usage");
        Assert.Equal((100, 10), (usage.GetProperty("input_tokens").GetInt32(), usage.GetProperty("output_tokens").GetInt32()));
        Assert.Equal(1, usage.GetProperty("web_search_requests").GetInt32());
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_search()
    {
        web.Script("leaving", new Turn("Well.", Search("leaving")), new Turn("Done."));
        web.Service.Always(r => r.Query.Contains("leaving"), _ => Answer.Silence());
        using (var leaving = new CancellationTokenSource())
        {
            using var response = await web.Gateway.SendAsync(TestGateway.Post("/v1/messages", Request("leaving", more: "\"stream\":true,")), leaving.Token);
            using var limit = new CancellationTokenSource(TestGateway.Timeout);
            while (web.Searches("leaving").Count == 0)
                await Task.Delay(20, limit.Token);
            await leaving.CancelAsync();
        }

        await Assert.Single(web.Searches("leaving")).ClientLeft.WaitAsync(TimeSpan.FromSeconds(1.5));
        await Task.Delay(200);
        Assert.Single(web.Calls("leaving"));
    }

    [Fact]
    public async Task A_client_that_leaves_the_second_call_pays_for_the_first_and_what_the_second_reads()
    {
        web.Gateway.Upstream.Always(
            r => r.Text.Contains("parting") && !r.Text.Contains("tool_call_id"), _ => new Turn("Well.", Search("parting")).Answer(true));
        web.Gateway.Upstream.Always(r => r.Text.Contains("parting"), _ => Answer.Sse().Data(Streams.Chunk("{\"content\":\"It\"}")).Stall());
        web.Found("parting", Pages);
        var (id, key) = await web.Gateway.CreateKeyAsync();
        using (var leaving = new CancellationTokenSource())
        {
            var request = TestGateway.Post("/v1/messages", Request("parting", more: "\"stream\":true,"), key);
            using var response = await web.Gateway.SendAsync(request, leaving.Token);
            using var client = await ClientStream.OpenAsync(response);
            while (!(await client.NextAsync())!.Value.Data.Contains("\"It\""))
            {
            }

            await leaving.CancelAsync();
        }

        var e = await web.EventAsync(id);
        Assert.Equal("cancelled", e.GetProperty("outcome").GetString());
        Assert.InRange(e.GetProperty("usage").GetProperty("input_tokens").GetInt32(), 150, 1000);
        Assert.Equal(1, e.GetProperty("usage").GetProperty("web_search_requests").GetInt32());
    }

    [Fact]
    public async Task The_limit_of_tokens_is_one_for_all_calls()
    {
        web.Script("limited", new Turn(null, Search("limited")), new Turn("Done."));
        web.Found("limited", Pages);
        var (_, message, text) = await web.AskAsync(Request("limited").Replace("1000", "30"), stream: true);
        Assert.True(message is not null, text);
        Assert.Equal([30, 20], web.Calls("limited").Select(c => c.GetProperty("max_tokens").GetInt32()));
        web.Script("narrow", new Turn(null, Search("narrow")), new Turn("Done."));
        web.Found("narrow", Pages);
        (_, message, _) = await web.AskAsync(Request("narrow").Replace("1000", "10"), stream: true);
        Assert.Equal("max_tokens", message!["stop_reason"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(", \"max_uses\": 50", HttpStatusCode.PaymentRequired, "may cost up to")]
    [InlineData("", HttpStatusCode.BadRequest, "max_uses")]
    [InlineData(", \"max_uses\": 1", HttpStatusCode.OK, "Done.")]
    public async Task Uses_are_reserved_by_the_most_there_can_be(string uses, HttpStatusCode expected, string says)
    {
        var (_, key) = await web.Gateway.CreateKeyAsync(new { budget = new { amount = 0.9m, enforcement = "strict" } });
        web.Script("reserved", new Turn("Done."));
        var (status, _, text) = await web.AskAsync(Request("reserved", uses), stream: false, key);
        Assert.True(status == expected, text);
        Assert.Contains(says, text);
    }

    [Fact]
    public async Task What_the_service_cannot_be_told_is_named()
    {
        web.Script("placed", new Turn("Done."));
        var body = Request("placed", ",\"user_location\":{\"type\":\"approximate\",\"city\":\"Oslo\"}");
        using var response = await web.Gateway.SendAsync(TestGateway.Post("/v1/messages", body));
        Assert.Equal("tools.user_location", response.Headers.GetValues("gateway-dropped").Single());
    }

    [Fact]
    public async Task Counting_tokens_knows_the_tool()
    {
        using var response = await web.Gateway.SendAsync(TestGateway.Post("/v1/messages/count_tokens", Request("counted")));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}
