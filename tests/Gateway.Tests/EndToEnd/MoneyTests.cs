using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>What holds a budget together when providers, prices and clients are not as they should be.</summary>
public sealed class MoneyTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    public static TheoryData<string, bool, string> Unbelievable()
    {
        var data = new TheoryData<string, bool, string>();
        foreach (var (model, stream) in new[]
        {
            ("native/model-4.5", false), ("native/model-4.5", true), ("translated/model", false), ("translated/model", true),
            ("responses/model", false), ("gemini/model", false),
        })
        {
            foreach (var number in new[] { "-1000000", "12.5", "1e18", "\"100\"", "null" })
                data.Add(model, stream, number);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Unbelievable))]
    public async Task A_number_that_cannot_be_believed_counts_as_not_said_and_is_estimated(string model, bool stream, string number)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1, enforcement = "strict" } });
        _gateway.Upstream.Script(r => r.Text.Contains(id), AnswerWith(model, stream, number));
        await SendAsync(key, model, stream, id);
        var e = await EventAsync(id);
        var usage = e.GetProperty("usage");
        Assert.True(usage.GetProperty("estimated").GetBoolean(), usage.GetRawText());
        Assert.InRange(usage.GetProperty("input_tokens").GetInt64(), 1, 1000);
        Assert.InRange(usage.GetProperty("output_tokens").GetInt64(), 1, 1000);
        Assert.InRange(Amount(e), 0.000001m, 0.1m);
        Assert.Equal(Amount(e), await SpentAsync(id));
    }

    [Fact]
    public async Task A_speed_without_a_factor_is_settled_at_the_reservation_and_the_budget_holds()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 0.02m, enforcement = "strict" } });
        _gateway.Upstream.Always(r => r.Text.Contains(id), _ => Answer.Json(Streams.WholeMessage.Replace("\"usage\":{", "\"usage\":{\"speed\":\"fast\",")));
        var passed = await UntilRefusedAsync(key, "native/model-4.5", id);
        Assert.InRange(passed, 1, 19);
        await _gateway.UsageAsync(id, passed);
        Assert.InRange(await SpentAsync(id), 0.01m, 0.02m);
        var e = await EventAsync(id);
        Assert.Contains("reservation", e.GetProperty("cost").GetProperty("assumed").EnumerateArray().Select(a => a.GetString()));
    }

    [Fact]
    public async Task A_lowered_budget_holds_while_requests_keep_coming()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1_000, enforcement = "strict" } });
        // The pace of the last second is what ingress asks for in advance, at what requests may cost; they cost a small part of it.
        await Parallel.ForAsync(
            0, 400, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, _) => await SendAsync(key, "translated/model", false, "a request before"));

        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { budget = new { amount = 0.000001m } });

        var lowered = Stopwatch.GetTimestamp();
        while (true)
        {
            using var response = await _gateway.SendAsync(TestGateway.Messages("translated/model", stream: false, "a request after", key));
            if (response.StatusCode == HttpStatusCode.PaymentRequired)
                break;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.True(Stopwatch.GetElapsedTime(lowered) < TimeSpan.FromSeconds(15), "it still lives on what the larger budget had granted");
        }
    }

    [Fact]
    public async Task A_tier_that_is_not_listed_costs_the_dearest_that_is()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Script(
            r => r.Text.Contains(id), Answer.Json(Streams.WholeCompletion.Replace("\"object\"", "\"service_tier\":\"turbo\",\"object\"")));
        await SendAsync(key, "chat/tiers", false, id);
        var e = await EventAsync(id);
        // (100 + 10) x 10 + 20 x 100, twice: the factor of priority.
        Assert.Equal(0.0062m, Amount(e));
        Assert.Contains("factor:turbo", Assumed(e));
    }

    [Fact]
    public async Task Cached_tokens_without_a_price_of_their_own_cost_as_much_as_input()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1, enforcement = "strict" } });
        _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Json(Streams.WholeMessage));
        await SendAsync(key, "native/plain", false, id);
        var e = await EventAsync(id);
        // (100 + 10) x 3 + 20 x 15
        Assert.Equal(0.00063m, Amount(e));
        Assert.Contains("cache_read", Assumed(e));
    }

    [Fact]
    public async Task A_model_without_a_price_is_refused_under_a_strict_budget_by_its_name()
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1, enforcement = "strict" } });
        using var refused = await _gateway.SendAsync(TestGateway.Messages("native/unpriced", false, key: key));
        Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
        Assert.Equal("false", refused.Headers.GetValues("x-should-retry").Single());
        Assert.Contains("native/unpriced", await refused.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("strict", "allow", HttpStatusCode.OK)]
    [InlineData("soft", null, HttpStatusCode.OK)]
    [InlineData("soft", "refuse", HttpStatusCode.PaymentRequired)]
    public async Task Whether_models_without_a_price_pass_is_a_policy_of_the_budget_and_what_passes_is_counted(
        string enforcement, string? unpriced, HttpStatusCode expected)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1, enforcement, unpriced } });
        _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Json(Streams.WholeMessage));
        using (var response = await _gateway.SendAsync(TestGateway.Messages("native/unpriced", false, id, key)))
            Assert.Equal(expected, response.StatusCode);
        if (expected != HttpStatusCode.OK)
            return;
        await _gateway.UsageAsync(id, 1);
        Assert.Equal(1, (await StatusAsync(id)).GetProperty("unpricedRequests").GetInt64());
    }

    [Fact]
    public async Task Of_several_routes_a_strict_budget_takes_those_with_a_price()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1, enforcement = "strict" } });
        _gateway.Second.Script(r => r.Text.Contains(id), Answer.Json(Streams.WholeMessage));
        using var response = await _gateway.SendAsync(TestGateway.Messages("half/fallback", false, id, key));
        Assert.Equal((HttpStatusCode.OK, "anthropic2"), (response.StatusCode, response.Headers.GetValues("gateway-provider").Single()));
    }

    [Theory]
    [InlineData(500, 0.004, HttpStatusCode.OK)]
    [InlineData(1_500, 0.004, HttpStatusCode.PaymentRequired)]
    [InlineData(1_500, 0.02, HttpStatusCode.OK)]
    public async Task The_steps_of_a_price_are_reserved_up_to_the_one_that_a_request_may_reach(int length, double budget, HttpStatusCode expected)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = budget, enforcement = "strict" } });
        _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Json(Streams.WholeMessage));
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/steps", false, id + new string('x', length), key, maxTokens: 10));
        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(", \"max_uses\": 50", HttpStatusCode.PaymentRequired, "may cost up to")]
    [InlineData("", HttpStatusCode.BadRequest, "max_uses")]
    [InlineData(", \"max_uses\": 2", HttpStatusCode.OK, "Hello")]
    public async Task Web_searches_are_reserved_by_the_most_there_can_be(string uses, HttpStatusCode expected, string says)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 0.45m, enforcement = "strict" } });
        _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Json(Streams.WholeMessage));
        var body = $$"""
            {"model":"native/tools","max_tokens":10,"messages":[{"role":"user","content":"{{id}}"}],
             "tools":[{"type":"web_search_20250305","name":"web_search"{{uses}}}]}
            """;
        using var response = await _gateway.SendAsync(TestGateway.Post("/v1/messages", body, key));
        Assert.Equal((expected, true), (response.StatusCode, (await response.Content.ReadAsStringAsync()) is var text && text.Contains(says)));
    }

    [Theory]
    [InlineData("""{"type":"code_execution_20250825","name":"code_execution"}""", "code_execution_20250825")]
    [InlineData("""{"type":"tool_search_tool_bm25","name":"tool_search_tool_bm25"}""", "tool_search_tool_bm25")]
    [InlineData("""{"type":"mcp_toolset","mcp_server_name":"s"}""", "mcp_servers")]
    [InlineData("""{"type":"advisor_20260301","name":"advisor","model":"x"}""", "advisor_20260301")]
    [InlineData("""{"type":"not_known_yet_20290101","name":"x","max_uses":1}""", "not_known_yet_20290101")]
    [InlineData("""{"type":"bash_20250124","name":"bash"}""", null)]
    [InlineData("""{"type":"custom","name":"x","input_schema":{"type":"object"}}""", null)]
    public async Task A_tool_of_the_providers_that_nothing_bounds_is_refused_under_a_strict_budget_that_has_no_bound_either(string tool, string? refused)
    {
        var servers = refused == "mcp_servers" ? ""","mcp_servers":[{"type":"url","name":"s","url":"https://s.example"}]""" : "";
        var statuses = new List<HttpStatusCode>();
        foreach (var budget in new object[]
        {
            new { amount = 1, enforcement = "strict" },
            new { amount = 1, enforcement = "strict", maxReservation = 0.5m },
            new { amount = 1, enforcement = "soft" },
        })
        {
            var (id, key) = await _gateway.CreateKeyAsync(new { budget });
            var gate = new Gate();
            _gateway.Upstream.Always(r => r.Text.Contains(id), _ => Answer.Json(Streams.WholeMessage).At(gate));
            var body = $$"""{"model":"native/tools","max_tokens":10,"messages":[{"role":"user","content":"{{id}}"}],"tools":[{{tool}}]{{servers}}}""";
            var sending = _gateway.SendAsync(TestGateway.Post("/v1/messages", body, key));
            if (statuses.Count == 1 && refused is not null)
            {
                // What the budget says that a request holds at most, is held.
                using var limit = new CancellationTokenSource(TestGateway.Timeout);
                while ((await StatusAsync(id)).GetProperty("status").GetProperty("budget").GetProperty("held").GetString() is var held && Decimal(held) < 0.5m)
                    await Task.Delay(50, limit.Token);
            }

            gate.Release();
            using var response = await sending;
            statuses.Add(response.StatusCode);
            if (statuses is [HttpStatusCode.BadRequest])
                Assert.Contains($"{refused}: nothing bounds", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal([refused is null ? HttpStatusCode.OK : HttpStatusCode.BadRequest, HttpStatusCode.OK, HttpStatusCode.OK], statuses);
    }

    /// <summary>JSON is UTF-8: in another encoding it is no message, and the client pays for none.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_native_answer_in_another_encoding_is_no_message_and_costs_nothing(bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1, enforcement = "strict" } });
        byte[] answer = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Streams.WholeMessage)];
        _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Whole("application/json", answer));
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream, id, key));
        Assert.Equal((HttpStatusCode.BadGateway, true), (response.StatusCode, (await response.Content.ReadAsStringAsync()).Contains("api_error")));
        Assert.Equal((0m, 0m), (Amount(await EventAsync(id)), await SpentAsync(id)));
    }

    /// <summary>The bytes are the provider's business; the numbers beside them are read all the same.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_native_answer_with_a_broken_character_goes_on_as_it_is_and_is_settled_by_its_numbers(bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1, enforcement = "strict" } });
        var broken = Encoding.Latin1.GetBytes("H\u00e9llo");
        var parts = stream
            ? Answer.Sse().Event("message_start", Streams.MessageStart)
                .Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
                .Raw("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"")
                .Raw(broken).Raw("\"}}\n\n")
                .Event("content_block_stop", """{"type":"content_block_stop","index":0}""")
                .Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":20}}""")
                .Event("message_stop", """{"type":"message_stop"}""")
            : Answer.Whole("application/json", Encoding.Latin1.GetBytes(Streams.WholeMessage.Replace("Hello", "H\u00e9llo")));
        _gateway.Upstream.Script(r => r.Text.Contains(id), parts);
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream, id, key));
        Assert.True((await response.Content.ReadAsByteArrayAsync()).AsSpan().IndexOf(broken) > 0);
        var e = await EventAsync(id);
        Assert.Equal(("completed", 20L), (e.GetProperty("outcome").GetString(), e.GetProperty("usage").GetProperty("output_tokens").GetInt64()));
        Assert.Equal(Amount(e), await SpentAsync(id));
        Assert.True(Amount(e) > 0.0003m);
    }

    [Theory]
    [InlineData("estimate", true)]
    [InlineData("estimate", false)]
    [InlineData("drain", true)]
    [InlineData("void", true)]
    public async Task A_client_that_leaves_before_the_first_byte_pays_for_the_prompt(string policy, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { onDisconnect = policy, budget = new { amount = 1, enforcement = "strict" } });
        var gate = new Gate();
        _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Sse().At(gate).Event("message_start", Streams.MessageStart));
        using (var leaving = new CancellationTokenSource())
        {
            var sending = _gateway.SendAsync(TestGateway.Messages("native/model-4.5", stream, id + new string('x', 4000), key), leaving.Token);
            using var limit = new CancellationTokenSource(TestGateway.Timeout);
            while (!_gateway.Upstream.Requests.Any(r => r.Received.IsCompleted && r.Text.Contains(id)))
                await Task.Delay(20, limit.Token);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        }

        if (policy != "drain")
            await _gateway.UsageAsync(id, 1);
        gate.Release();
        var e = await EventAsync(id);
        Assert.Equal(policy == "drain" ? "truncated" : "cancelled", e.GetProperty("outcome").GetString());
        if (policy == "void")
            Assert.Equal(0m, Amount(e));
        else if (policy == "estimate")
            Assert.InRange(Amount(e), 0.003m, 0.01m);
        else
            Assert.True(Amount(e) > 0);
        if (policy == "estimate")
            Assert.Contains("cache_state", Assumed(e));
    }

    [Fact]
    public async Task A_strict_budget_in_a_currency_that_no_price_has_is_refused_when_it_is_made()
    {
        using var request = TestGateway.Post("/admin/v1/keys", """{"budget":{"amount":1,"currency":"CHF","enforcement":"strict"}}""", TestGateway.AdminKey);
        using var refused = await _gateway.SendAsync(request);
        var text = await refused.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.All(new[] { "budget.currency", "CHF", "USD" }, part => Assert.Contains(part, text));
        await _gateway.CreateKeyAsync(new { budget = new { amount = 1, currency = "CHF", enforcement = "soft" } });
        await _gateway.CreateKeyAsync(new { models = new[] { "native/euro" }, budget = new { amount = 1, currency = "EUR", enforcement = "strict" } });
    }

    [Fact]
    public async Task A_price_in_another_currency_than_the_strict_budget_is_refused_and_the_pair_is_named()
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1, currency = "EUR", enforcement = "strict" } });
        using var refused = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", false, key: key));
        var text = await refused.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.PaymentRequired, true), (refused.StatusCode, text.Contains("EUR") && text.Contains("USD")));
    }

    [Fact]
    public async Task A_model_that_costs_nothing_is_answered_when_the_budget_is_spent()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 0.0003m, enforcement = "strict", maxReservation = 0.0002m } });
        _gateway.Upstream.Always(r => r.Text.Contains(id), _ => Answer.Json(Streams.WholeMessage));
        await SendAsync(key, "native/model-4.5", false, id);
        await _gateway.UsageAsync(id, 1);
        Assert.True(await UntilRefusedAsync(key, "native/model-4.5", id) == 0);
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/gift", false, id, key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("chat/tiers", false, "flex", 0.00155)]
    [InlineData("chat/tiers", false, "priority", 0.0062)]
    [InlineData("chat/tiers", true, "priority", 0.0062)]
    [InlineData("chat/tiers", false, "default", 0.0031)]
    [InlineData("responses/tiers", false, "flex", 0.00155)]
    [InlineData("responses/tiers", false, "priority", 0.0062)]
    public async Task The_tier_that_OpenAI_served_sets_the_price_and_stands_in_the_event(string model, bool stream, string tier, double cost)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var mark = $"\"service_tier\":\"{tier}\",\"id\":\"c1\"";
        var answer = model.StartsWith("responses", StringComparison.Ordinal)
            ? Answer.Json(Responses("110", "20").Replace("\"id\":\"r1\"", $"\"service_tier\":\"{tier}\",\"id\":\"r1\""))
            : stream ? Answer.Sse().Data(Streams.Chunk("""{"role":"assistant","content":"Hello"}""").Replace("\"id\":\"c1\"", mark))
                .Data(Streams.Chunk("{}", "\"stop\"").Replace("\"id\":\"c1\"", mark))
                .Data($$$"""{{{{mark}}},"choices":[],"usage":{"prompt_tokens":110,"completion_tokens":20}}""").Data("[DONE]")
            : Answer.Json(Streams.WholeCompletion.Replace("\"id\":\"c1\"", mark));
        _gateway.Upstream.Script(r => r.Text.Contains(id), answer);
        await SendAsync(key, model, stream, id);
        var e = await EventAsync(id);
        Assert.Equal((decimal)cost, Amount(e));
        Assert.Equal(tier, e.GetProperty("usage").GetProperty("service_tier").GetString());
    }

    [Fact]
    public async Task With_a_provider_key_of_ones_own_OpenRouter_costs_its_fee_and_the_providers_price()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Script(
            r => r.Text.Contains(id),
            Answer.Json(Streams.WholeCompletion.Replace(
                "\"usage\":{", "\"usage\":{\"cost\":0.0002,\"is_byok\":true,\"cost_details\":{\"upstream_inference_cost\":0.004},")));
        await SendAsync(key, "openrouter/model", false, id);
        Assert.Equal("0.0042", (await EventAsync(id)).GetProperty("provider_cost").GetString());
    }

    [Fact]
    public async Task Counting_tokens_has_a_rate_of_its_own_and_what_is_refused_is_on_record()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { limits = new { requestsPerMinute = 3 } });
        _gateway.Upstream.Always(r => r.Path.EndsWith("count_tokens") && r.Text.Contains(id), _ => Answer.Json("""{"input_tokens":42}"""));
        _gateway.Upstream.Always(r => r.Text.Contains(id), _ => Answer.Json(Streams.WholeMessage));
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 10; i++)
        {
            using var counted = await _gateway.SendAsync(
                TestGateway.Post("/v1/messages/count_tokens", $$"""{"model":"claude-test-4.5","messages":[{"role":"user","content":"{{id}}"}]}""", key));
            statuses.Add(counted.StatusCode);
        }

        // A minute's worth, and what comes in while the ten are sent.
        var passed = statuses.Count(s => s == HttpStatusCode.OK);
        Assert.InRange(passed, 3, 6);
        Assert.All(statuses, s => Assert.Contains(s, new[] { HttpStatusCode.OK, HttpStatusCode.TooManyRequests }));
        using (var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, id, key)))
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while ((await StatusAsync(id)) is var status && !(status.TryGetProperty("refused", out var refused)
            && refused.TryGetProperty("token_counts", out var count) && count.GetInt64() == 10 - passed))
        {
            await Task.Delay(100, limit.Token);
        }
    }

    private static Answer AnswerWith(string model, bool stream, string number) => (model, stream) switch
    {
        ("native/model-4.5", false) => Answer.Json(
            $$"""{"id":"m1","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","""
            + $$"""{{Anthropic(number)}}}"""),
        ("native/model-4.5", true) => Answer.Sse()
            .Event(
                "message_start",
                """{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"c","content":[],"""
                + Anthropic(number) + "}}")
            .Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
            .Event("content_block_delta", Streams.TextDelta("Hello"))
            .Event("content_block_stop", """{"type":"content_block_stop","index":0}""")
            .Event("message_delta", $$"""{"type":"message_delta","delta":{"stop_reason":"end_turn"},{{Anthropic(number)}}}""")
            .Event("message_stop", """{"type":"message_stop"}"""),
        ("translated/model", false) => Answer.Json(
            """{"id":"c1","object":"chat.completion","model":"gpt","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}"""
            + $$""","finish_reason":"stop"}],{{OpenAi(number)}}}"""),
        ("translated/model", true) => Streams.Opening(false).Data(Streams.Chunk("{}", "\"stop\""))
            .Data($$"""{"id":"c1","choices":[],{{OpenAi(number)}}}""").Data("[DONE]"),
        ("responses/model", _) => Answer.Json(Responses(number, number)),
        _ => Answer.Json(
            """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP","index":0}],"usageMetadata":"""
            + $$"""{"promptTokenCount":{{number}},"candidatesTokenCount":{{number}},"totalTokenCount":{{number}}""" + "}}"),
    };

    private static string Anthropic(string number) => $"\"usage\":{{\"input_tokens\":{number},\"output_tokens\":{number}}}";

    private static string OpenAi(string number) => $"\"usage\":{{\"prompt_tokens\":{number},\"completion_tokens\":{number},\"total_tokens\":{number}}}";

    private static string Responses(string input, string output) =>
        """{"id":"r1","object":"response","status":"completed","model":"gpt-test","output":[{"type":"message","id":"m1","role":"assistant","""
        + """ "status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}],"usage":{"input_tokens":"""
        + $$"""{{input}},"output_tokens":{{output}},"total_tokens":{{input}}""" + "}}";

    private async Task SendAsync(string key, string model, bool stream, string content)
    {
        using var response = await _gateway.SendAsync(TestGateway.Messages(model, stream, content, key));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        await response.Content.ReadAsStringAsync();
    }

    /// <summary>How many passed before one was refused for its budget.</summary>
    private async Task<int> UntilRefusedAsync(string key, string model, string content)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        for (var passed = 0; ;)
        {
            using var response = await _gateway.SendAsync(TestGateway.Messages(model, false, content, key), limit.Token);
            if (response.StatusCode == HttpStatusCode.PaymentRequired)
                return passed;
            if (response.IsSuccessStatusCode)
                Assert.True(++passed < 20, "20 of 20 passed.");
            else
                await Task.Delay(100, limit.Token);
        }
    }

    private async Task<JsonElement> EventAsync(string id)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            var events = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data");
            if (events.GetArrayLength() > 0)
                return events[0];
            await Task.Delay(25, limit.Token);
        }
    }

    private Task<JsonElement> StatusAsync(string id) => _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/status");

    private async Task<decimal> SpentAsync(string id) =>
        Decimal((await StatusAsync(id)).GetProperty("status").GetProperty("budget").GetProperty("spent").GetString());

    private static decimal Amount(JsonElement e) => Decimal(e.GetProperty("cost").GetProperty("amount").GetString());

    private static decimal Decimal(string? text) => decimal.Parse(text!, CultureInfo.InvariantCulture);

    private static IEnumerable<string?> Assumed(JsonElement e) =>
        e.GetProperty("cost").TryGetProperty("assumed", out var assumed) ? assumed.EnumerateArray().Select(a => a.GetString()) : [];
}
