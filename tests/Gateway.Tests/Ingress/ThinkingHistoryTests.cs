using System.Text;
using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Ingress.Requests;

namespace Gateway.Tests.Ingress;

public class ThinkingHistoryTests
{
    private const string Minted = """{"type":"thinking","thinking":"Ours.","signature":"gateway1.eyJwIjoib3BlbmFpIn0"}""";
    private const string Unsigned = """{ "type" : "thinking" , "signature" : "" , "thinking" : "é\u00e9" }""";
    private const string NoSignature = """{"thinking":"x","type":"thinking"}""";
    private const string Signed = """{"type":"thinking","thinking":"","signature":"EqQBCg+/="}""";
    private const string Redacted = """{"type":"redacted_thinking","data":"zzz"}""";
    private const string Text = """{"type":"text","text":"ok \ud83d\ude00 < & 1e3"}""";
    private const string Call = """{"type":"tool_use","id":"t","name":"f","input":{"signature":"","thinking":"mine"}}""";
    private const string Result = """{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r"}]}""";
    private const string Go = """{"role":"user","content":"go"}""";

    [Theory]
    [InlineData("[" + Minted + " , " + Text + "]", "[" + Text + "]")]
    [InlineData("[ " + Minted + "," + Unsigned + " ,\n" + Text + " ]", "[ " + Text + " ]")]
    [InlineData("[" + Text + " ,\t" + NoSignature + " ]", "[" + Text + " ]")]
    [InlineData("[" + Signed + "," + Minted + "," + Text + "," + Unsigned + "]", "[" + Signed + "," + Text + "]")]
    [InlineData("[" + Redacted + "," + Minted + "," + Text + "]", "[" + Redacted + "," + Text + "]")]
    [InlineData("[" + Minted + "," + Call + "]", "[" + Call + "]")]
    public void Rules_E84_and_E83_blocks_that_Anthropic_refuses_are_cut_and_every_other_byte_stays(string content, string expected)
    {
        var (text, dropped) = Edit(Request(Turn(content)));
        Assert.Equal(Request(Turn(expected)), text);
        Assert.Equal(["content.thinking"], dropped);
    }

    [Theory]
    [InlineData("[" + Signed + "," + Text + "," + Call + "]")]
    [InlineData("[" + Redacted + "," + Text + "]")]
    [InlineData("[" + Text + "," + Call + "]")]
    [InlineData("\"\\\"thinking\\\":\\\"\\\",\\\"signature\\\":\\\"\\\"\"")]
    public void Rule_E82_what_Anthropic_takes_is_left_alone(string content) =>
        Assert.Equal(Request(Turn(content)), Edit(Request(Turn(content))).Text);

    [Fact]
    public void Rule_E83_citations_of_another_provider_are_taken_from_their_text()
    {
        const string citations = """[ {"type":"web_search_result_location","url":"u","encrypted_index" : "gateway1.","cited_text":"","title":null} ]""";
        const string real =
            """{"type":"text","citations":["""
            + """{"type":"web_search_result_location","url":"u","encrypted_index":"Eo8BC","cited_text":"gateway1.","title":"t"}],"text":"x"}""";
        string Body(string cited, string thinking) =>
            Request(Turn("[" + thinking + $$"""{"type":"text","citations":{{cited}},"text":"x"},""" + real + "]") + "," + Go);

        var (text, dropped) = Edit(Body(citations, ""));
        Assert.Equal(Body("null", ""), text);
        Assert.Equal(["content.citations"], dropped);
        Assert.Equal(Body("null", ""), Edit(Body(citations, Minted + ",")).Text);
        Assert.Equal(Request(Turn("[" + real + "]")), Edit(Request(Turn("[" + real + "]"))).Text);
    }

    [Fact]
    public void Rule_E83_web_tools_that_Anthropic_has_not_run_are_cut_with_their_results()
    {
        const string call = """{"type":"server_tool_use","id":"srvtoolu_gateway1_call_1","name":"web_search","input":{"query":"q"}}""";
        const string result = """{"type":"web_search_tool_result","tool_use_id":"srvtoolu_gateway1_call_1","content":[]}""";
        const string own = """{"type":"server_tool_use","id":"srvtoolu_01A","name":"web_search","input":{"query":"srvtoolu_gateway1_"}}""";
        var (text, dropped) = Edit(Request(Turn($"[{call},{result},{own},{Text}]")));
        Assert.Equal(Request(Turn($"[{own},{Text}]")), text);
        Assert.Equal(["content.server_tool_use"], dropped);
        Assert.Equal(Request(Go), Edit(Request(Go + " , " + Turn($"[{call},{result}]"))).Text);
    }

    [Fact]
    public void A_turn_of_nothing_else_goes_whole()
    {
        var (text, _) = Edit(Request(Go + " , " + Turn("[" + Minted + " , " + Unsigned + "]") + " , " + Go));
        Assert.Equal(Request(Go + " , " + Go), text);
        Assert.Equal(Request(Go), Edit(Request(Go + " , " + Turn("[" + Minted + "]"))).Text);
    }

    [Fact]
    public void A_conversation_of_nothing_else_stays_for_Anthropic_to_answer()
    {
        var body = Request(Turn("[" + Minted + "]"));
        Assert.Equal(body, Edit(body).Text);
    }

    [Fact]
    public void A_byte_order_mark_shifts_nothing() =>
        Assert.Equal("\uFEFF" + Request(Turn("[" + Text + "]")), Edit("\uFEFF" + Request(Turn("[" + Minted + "," + Text + "]"))).Text);

    [Theory]
    [InlineData(Result)]
    [InlineData(Result + "," + Go)]
    public void Rule_E85_a_tool_loop_that_lost_its_thinking_goes_on_without_any(string after)
    {
        const string on = """ "thinking" : {"type":"enabled","budget_tokens":2048} """;
        const string off = """ "thinking" : {"type":"disabled"} """;
        const string edits = """,{"type":"clear_tool_uses_20250919"}""";
        string Body(string thinking, string clear) =>
            $$"""{"messages":[{{Go}},{{Turn("[" + (thinking == on ? Minted + "," : "") + Call + "]")}},{{after}}],{{thinking}},"context_management":"""
            + $$"""{"edits":[{{clear}}] } }""";

        var (text, dropped) = Edit(Body(on, """{"type":"clear_thinking_20251015","keep":"all"}""" + edits));
        Assert.Equal(Body(off, edits[1..]), text);
        Assert.Equal(["content.thinking", "thinking", "context_management.edits"], dropped);
    }

    [Theory]
    [InlineData("adaptive", Result)]
    [InlineData("disabled", Result)]
    [InlineData("enabled", Go)]
    [InlineData("enabled", Result + """,{"role":"assistant","content":"done"},""" + Go)]
    [InlineData("enabled", Result + """,{"role":"assistant","content":[""" + Signed + "," + Call + "]}," + Result)]
    public void Rule_E85_thinking_stays_on_where_nothing_asks_for_what_is_gone(string type, string after)
    {
        string Body(string block) =>
            $$"""{"thinking":{"type":"{{type}}","budget_tokens":2048},"messages":[{{Go}},{{Turn("[" + block + Call + "]")}},{{after}}]}""";
        Assert.Equal(Body(""), Edit(Body(Minted + ",")).Text);
    }

    [Fact]
    public void A_provider_that_signs_nothing_gets_its_own_thinking_back()
    {
        var body = Request(Turn("[" + Unsigned + "," + Minted + "," + NoSignature + "," + Text + "]"));
        Assert.Equal(Request(Turn("[" + Unsigned + "," + NoSignature + "," + Text + "]")), Edit(body, "unsigned-thinking").Text);
    }

    [Fact]
    public void After_a_refusal_no_thinking_is_left_and_none_is_asked_for_in_a_tool_loop()
    {
        const string body = """{"thinking":{"type":"adaptive"},"messages":[""" + Go + """,{"role":"assistant","content":[""" + Signed + "," + Redacted + "," +
            Call + "]}," + Result + "]}";
        const string expected = """{"thinking":{"type":"disabled"},"messages":[""" + Go + """,{"role":"assistant","content":[""" + Call + "]}," + Result + "]}";
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.Equal(expected, Apply(bytes, ThinkingHistory.EditsAfterRefusal(bytes)));
    }

    private static string Turn(string content) => $$"""{ "content":{{content}}, "role":"assistant" }""";

    private static string Request(string messages) => $$"""{ "x":[1.0,1e3] , "messages" : [ {{messages}} ] , "model":"m"}""";

    private static (string Text, IReadOnlyList<string> Dropped) Edit(string body, params string[] quirks)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var edits = ThinkingHistory.EditsFor(bytes, new ProviderEntry { Dialect = "anthropic", Quirks = quirks });
        var text = Apply(bytes, edits);
        JsonDocument.Parse(text.TrimStart('\uFEFF')).Dispose();
        return (text, edits.Dropped);
    }

    private static string Apply(byte[] body, NativeEdits edits)
    {
        var text = new StringBuilder();
        var at = 0;
        foreach (var splice in edits.Splices)
        {
            text.Append(Encoding.UTF8.GetString(body.AsSpan(at, splice.Start - at))).Append(Encoding.UTF8.GetString(splice.Replacement.Span));
            at = splice.Start + splice.Length;
        }

        return text.Append(Encoding.UTF8.GetString(body.AsSpan(at))).ToString();
    }
}
