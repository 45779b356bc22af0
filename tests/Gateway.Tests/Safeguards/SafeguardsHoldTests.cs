using Gateway.Fakes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Safeguards;

/// <summary>While the end of an answer waits for its verdicts.</summary>
public sealed class SafeguardsHoldTests(SafeguardsHoldTests.ImpatientGateway shared) : IClassFixture<SafeguardsHoldTests.ImpatientGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData("chat")]
    [InlineData("third")]
    public async Task All_but_the_end_has_gone_out_and_pings_go_on(string model)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var gate = new Gate();
        _gateway.Upstream.Script(r => r.Text.Contains(id), Calls.By(model == "third", stream: true, [Calls.Command]));
        _gateway.Second.Script(r => r.Text.Contains(id), new Answer().Header("content-type", "application/json").At(gate).Raw(
            """{"id":"msg_j","type":"message","role":"assistant","model":"small","content":[{"type":"tool_use","id":"t","name":"report_verdicts","input":"""
            + """{"verdicts":[{"id":"call_1","flagged":false}]}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}"""));
        using var response = await shared.SendAsync(model, true, key, id);
        using var events = await ClientStream.OpenAsync(response);
        var names = new List<string>();
        while (names.LastOrDefault() != "content_block_stop" || names.Count(n => n == "content_block_stop") < 2)
            names.Add((await events.NextAsync())!.Value.Name);
        Assert.Equal("ping", (await events.NextAsync())!.Value.Name);
        Assert.Equal("ping", (await events.NextAsync())!.Value.Name);
        gate.Release();
        var rest = (await events.RestAsync()).Where(e => e.Name != "ping").ToList();
        Assert.Equal(["message_delta", "message_stop"], rest.Select(e => e.Name));
        Assert.Contains("\"outcome\":\"not_flagged\"", rest[0].Data);
    }

    [Theory]
    [InlineData("chat", true)]
    [InlineData("chat", false)]
    [InlineData("third", true)]
    [InlineData("third", false)]
    public async Task A_judge_that_takes_too_long_says_nothing_and_its_call_ends(string model, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { onDisconnect = "drain", budget = new { amount = 5 } });
        _gateway.Upstream.Script(r => r.Text.Contains(id), Calls.By(model == "third", stream, [Calls.Command]));
        _gateway.Second.Script(r => r.Text.Contains(id), Answer.Silence());
        var message = await shared.AnswerAsync(model, stream, key, id);
        Assert.Equal(["timeout"], SafeguardsGateway.VerdictsOf(message));
        await shared.AskedOfJudge(id).Single().ClientLeft.WaitAsync(TestGateway.Timeout);
        var events = await shared.EventsAsync(id, 2);
        Assert.Equal(["cancelled", "completed"], events.Select(e => e.GetProperty("outcome").GetString()!).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_meanwhile_takes_the_check_along_and_pays_for_what_was_said(bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Script(r => r.Text.Contains(id), Calls.By(native: false, stream, [Calls.Command]));
        _gateway.Second.Script(r => r.Text.Contains(id), Answer.Silence());
        using (var leaves = new CancellationTokenSource())
        {
            var sent = stream ? shared.SendAsync("chat", true, key, id) : Task.Run(() => LeaveAsync(key, id, leaves.Token));
            while (shared.AskedOfJudge(id).Count == 0)
                await Task.Delay(20);
            await leaves.CancelAsync();
            if (stream)
                (await sent).Dispose();
        }

        await shared.AskedOfJudge(id).Single().ClientLeft.WaitAsync(TestGateway.Timeout);
        var events = await shared.EventsAsync(id, 2);
        Assert.All(events, e => Assert.Equal("cancelled", e.GetProperty("outcome").GetString()));
        var main = Assert.Single(events, e => !e.TryGetProperty("purpose", out _)).GetProperty("usage");
        Assert.Equal((100, 20), (main.GetProperty("input_tokens").GetInt32(), main.GetProperty("output_tokens").GetInt32()));
        Assert.False(main.GetProperty("estimated").GetBoolean());
    }

    private async Task<HttpResponseMessage> LeaveAsync(string key, string id, CancellationToken leaves)
    {
        using var request = TestGateway.Post(
            "/v1/messages",
            $$"""{"model":"chat","max_tokens":9,"messages":[{"role":"user","content":"{{id}}"}],"safeguards":[{"type":"dangerous_tool_use"}]}""", key);
        request.Headers.Add("anthropic-beta", "dangerous-tool-use-2026-09-03");
        try
        {
            return await _gateway.SendAsync(request, leaves);
        }
        catch (OperationCanceledException)
        {
            return new HttpResponseMessage();
        }
    }

    public sealed class ImpatientGateway : SafeguardsGateway
    {
        protected override Dictionary<string, string> Settings => new() { ["GATEWAY_PING_SECONDS"] = "0.2", ["GATEWAY_SAFEGUARDS_SECONDS"] = "2" };
    }
}
