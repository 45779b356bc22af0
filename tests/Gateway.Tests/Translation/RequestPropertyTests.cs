using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Contracts.Errors;

namespace Gateway.Tests.Translation;

/// <summary>Random conversations: each becomes a request that a strict provider takes, or a 400 that says why; nothing else.</summary>
public class RequestPropertyTests
{
    private static readonly Gen<string> UserBlock = Gen.Elements(
        """{"type":"text","text":"u"}""", """{"type":"text","text":""}""", """{"type":"text","text":"x\ud83d"}""",
        """{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}""",
        """{"type":"tool_result","tool_use_id":"call_1","content":"r"}""",
        """{"type":"tool_result","tool_use_id":"call_2","content":[{"type":"text","text":"r"}],"is_error":true}""",
        """{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"}}""",
        """{"type":"search_result","source":"s","title":"t","content":[]}""",
        """{"type":"hologram"}""", "7");

    private static readonly Gen<string> AssistantBlock = Gen.Elements(
        """{"type":"text","text":"a"}""", """{"type":"text","text":""}""", """{"type":"thinking","thinking":"t","signature":""}""",
        """{"type":"redacted_thinking","data":"x"}""",
        """{"type":"tool_use","id":"call_1","name":"t","input":{"a":[1,{"b":null}]}}""", """{"type":"tool_use","id":"call_2","name":"a name","input":{}}""",
        """{"type":"server_tool_use","id":"s","name":"web_search","input":{}}""", """{"type":"web_search_tool_result","tool_use_id":"s","content":[]}""");

    private static readonly Gen<string> Message = Gen.Frequency(
        (6, UserBlock.ArrayOf().Select(b => $$"""{"role":"user","content":[{{string.Join(",", b)}}]}""")),
        (6, AssistantBlock.ArrayOf().Select(b => $$"""{"role":"assistant","content":[{{string.Join(",", b)}}]}""")),
        (
            2,
            Gen.Elements(
                """{"role":"user","content":"plain"}""", """{"role":"assistant","content":"plain"}""", """{"role":"system","content":"s"}""",
                """{"role":"system","content":[],"output_config":{"effort":"low"}}""")));

    internal static Gen<string[]> Messages => Message.ArrayOf();

    [Fact]
    public void Rule_E56_every_call_is_answered_directly_after_its_turn_and_errors_are_the_clients()
    {
        var quirks = Gen.Elements(
            "[]", "[\"leading-system-only\",\"strict-alternation\"]", "[\"tool-ids-of-nine\",\"prefill-prefix\"]",
            "[\"replays-reasoning-content\",\"prefill-continue\"]");
        var inputs = from messages in Message.ArrayOf() from quirk in quirks select (messages, quirk);
        var translated = 0;
        Prop.ForAll(inputs.ToArbitrary(), input =>
        {
            var body = Encoding.UTF8.GetBytes($$"""{"model":"m","max_tokens":9,"messages":[{{string.Join(",", input.messages)}}]}""");
            try
            {
                using var scope = new CallScope(body, input.quirk);
                Check(JsonNode.Parse(Translating.Request(scope.Call), documentOptions: new JsonDocumentOptions { MaxDepth = 512 })!["messages"]!.AsArray());
                translated++;
            }
            catch (GatewayException e)
            {
                Assert.Equal(ErrorKind.InvalidRequest, e.Kind);
                Assert.Matches("^messages", e.Message);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000).WithEndSize(8));
        Assert.True(translated > 100, $"only {translated} were translated");
    }

    private static void Check(JsonArray messages)
    {
        HashSet<string> open = [];
        foreach (var message in messages)
        {
            if (message!["role"]!.GetValue<string>() == "tool")
            {
                Assert.True(open.Remove(message["tool_call_id"]!.GetValue<string>()), "a result without its call");
                continue;
            }

            Assert.Empty(open);
            if (message["tool_calls"] is JsonArray calls)
                Assert.All(calls, c => Assert.True(open.Add(c!["id"]!.GetValue<string>()), "an id twice in a turn"));
            else
                Assert.True(message["content"] is JsonArray { Count: > 0 } || message["content"]!.GetValue<string>().Length > 0, "an empty message");
        }

        Assert.Empty(open);
    }
}
