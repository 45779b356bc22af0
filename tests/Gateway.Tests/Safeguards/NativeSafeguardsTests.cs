using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Safeguards;

/// <summary>Endpoints of Anthropic's format: their own verdicts pass as they are, and what gives none is judged.</summary>
public sealed class NativeSafeguardsTests(SafeguardsGateway shared) : IClassFixture<SafeguardsGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData("verdicts", true)]
    [InlineData("verdicts", false)]
    [InlineData("verdicts/alone", true)]
    [InlineData("verdicts/alone", false)]
    public async Task Verdicts_of_the_provider_pass_as_they_are_with_ids_and_every_splice(string model, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { extendedUsage = true });
        const string results =
            """[{"type":"dangerous_tool_use","status":{"type":"available","tool_uses":{"toolu_0":{"type":"evaluated","outcome":"flagged","x":1}}}},"""
            + """{"type":"other"}]""";
        _gateway.Upstream.Script(
            r => r.Text.Contains(id) && r.Path.StartsWith("/verdicts"),
            Calls.By(native: true, stream, [Calls.Command], more: $",\"safeguard_results\":{results}"));
        // What Anthropic would refuse in the history is cut on the way.
        var messages = JsonNode.Parse($$"""
            [{"role":"user","content":"{{id}}"},{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":""},{"type":"text","text":"y"}]},
             {"role":"user","content":"z"}]
            """)!.AsArray();
        var message = await shared.AnswerAsync(model, stream, key, id, messages);
        Assert.Equal(results, SafeguardsGateway.Compact(message["safeguard_results"]!));
        Assert.Equal("toolu_0", (string?)message["content"]![1]!["id"]);
        Assert.Equal(model, (string?)message["model"]);
        Assert.NotNull(message["usage"]!["total_tokens"]);
        Assert.Empty(shared.AskedOfJudge(id));
        var sent = _gateway.Upstream.Requests.Single(r => r.Text.Contains(id));
        Assert.Contains(SafeguardsGateway.Home, sent.Text);
        Assert.Contains("dangerous-tool-use-2026-09-03", sent.Header("anthropic-beta"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Verdicts_survive_an_endpoint_that_answers_in_the_other_form(bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        const string results =
            """[{"type":"dangerous_tool_use","status":{"type":"available","tool_uses":{"toolu_0":{"type":"evaluated","outcome":"flagged"}}}}]""";
        _gateway.Upstream.Script(
            r => r.Text.Contains(id), Calls.By(native: true, !stream, [Calls.Command], more: $",\"safeguard_results\":{results}"));
        Assert.Equal(results, SafeguardsGateway.Compact((await shared.AnswerAsync("verdicts/alone", stream, key, id))["safeguard_results"]!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_judge_reads_an_answer_that_comes_in_the_other_form_and_its_splices_do_not_disturb_others(bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { extendedUsage = true });
        _gateway.Upstream.Script(r => r.Text.Contains(id), Calls.By(native: true, !stream, [Calls.Command]));
        Judge(id, Calls.Verdicts(("call_1", "No.")));
        var message = await shared.AnswerAsync("third", stream, key, id);
        Assert.Equal(["flagged: No."], SafeguardsGateway.VerdictsOf(message));
        Assert.Equal("third", (string?)message["model"]);
        Assert.NotNull(message["usage"]!["total_tokens"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_endpoint_that_says_nothing_about_the_field_is_judged_and_not_sent_it_again(bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var model = stream ? "silent/stream" : "silent/plain";
        for (var i = 0; i < 2; i++)
        {
            _gateway.Upstream.Script(r => r.Text.Contains(id), Calls.By(native: true, stream, [Calls.Command]));
            Judge(id, Calls.Verdicts(("call_1", null)));
            using var response = await shared.SendAsync(model, stream, key, id);
            Assert.Equal(["not_flagged"], SafeguardsGateway.VerdictsOf(await SafeguardsGateway.MessageAsync(response)));
            Assert.False(response.Headers.Contains("gateway-dropped"));
        }

        var sent = _gateway.Upstream.Requests.Where(r => r.Text.Contains(id)).ToList();
        Assert.Equal([true, false], sent.Select(r => r.Text.Contains(SafeguardsGateway.Home)));
        Assert.Equal(
            ["claude-code-20250219,dangerous-tool-use-2026-09-03", "claude-code-20250219"], sent.Select(r => r.Header("anthropic-beta")));
    }

    private void Judge(string marker, Answer answer) => _gateway.Second.Script(r => r.Text.Contains(marker), answer);
}
