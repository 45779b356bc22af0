using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Contracts.Errors;

namespace Gateway.Tests.Translation;

/// <summary>The properties that hold for Chat Completions, for Responses and Gemini: grammatical or an error, complete or a 400.</summary>
public class FormatPropertyTests
{
    private static readonly string[] Texts = ["null", "\"\"", "\"Hi\"", "\" \"", "\"x\\ud83d\"", "\"\\ude00y\"", "[1]", "5", "{}"];
    private static readonly string[] Arguments = ["null", "\"\"", "\"{\"", "\"}\"", "\"{}\"", "\"{\\\"a\\\":\"", "\"1}\"", "\"[1]\"", "{\"a\":1}", "12"];

    private static readonly Gen<string> Item = Gen.OneOf(
        Gen.Elements(Texts).Select(t => $$"""{"id":"m","type":"message","content":[{"type":"output_text","text":{{t}}}]}"""),
        Gen.Elements(Texts).Select(t => $$"""{"id":"m","type":"message","content":[{"type":"refusal","refusal":{{t}}},7]}"""),
        Gen.Elements(Texts).Select(t => $$"""{"id":"r","type":"reasoning","summary":[{"text":{{t}}}],"encrypted_content":{{t}}}"""),
        from id in Gen.Elements("null", "\"\"", "\"call_a\"", "\"call_b\"", "\"é\"")
        from arguments in Gen.Elements(Arguments)
        select $$"""{"id":"f","type":"function_call","call_id":{{id}},"name":"get_time","arguments":{{arguments}}}""",
        Gen.Elements("null", "{}", "7", "{\"type\":\"web_search_call\"}"));

    private static readonly Gen<string> Place =
        from index in Gen.Elements("", "\"output_index\":0,", "\"output_index\":1,", "\"output_index\":2,")
        from part in Gen.Elements("", "\"content_index\":0,", "\"summary_index\":1,")
        from id in Gen.Elements("", "\"item_id\":\"m\",", "\"item_id\":\"f\",")
        select index + part + id;

    private static readonly Gen<string> ResponsesEvent = Gen.Frequency(
        (8, from type in Gen.Elements("output_text", "refusal", "reasoning_summary_text", "reasoning_text")
            from place in Place
            from text in Gen.Elements(Texts)
            from whole in Gen.Elements("delta\",\"delta", "done\",\"text")
            select $"{{{place}\"type\":\"response.{type}.{whole}\":{text}}}"),
        (6, from place in Place
            from text in Gen.Elements(Arguments)
            from whole in Gen.Elements("delta\",\"delta", "done\",\"name\":\"get_time\",\"arguments")
            select $"{{{place}\"type\":\"response.function_call_arguments.{whole}\":{text}}}"),
        (6, from place in Place
            from item in Item
            from kind in Gen.Elements("added", "done")
            select $"{{{place}\"type\":\"response.output_item.{kind}\",\"item\":{item}}}"),
        (3, from items in Item.ArrayOf()
            from end in Gen.Elements("completed", "incomplete", "failed")
            from usage in Gen.Elements("null", "{}", "{\"input_tokens\":5,\"output_tokens\":2}", "7")
            select $$$"""{"type":"response.{{{end}}}","response":{"status":"{{{end}}}","output":[{{{string.Join(',', items)}}}],"usage":{{{usage}}}}}"""),
        (
            1,
            Gen.Elements(
                "[DONE]", "{", "1", "{\"type\":\"error\",\"message\":\"m\"}", "{\"error\":{}}",
                "{\"type\":\"response.created\",\"response\":{}}", "{\"type\":\"response.completed\"}", "{\"type\":7}")));

    private static readonly Gen<string> Part = Gen.OneOf(
        Gen.Elements(Texts).Select(t => $"{{\"text\":{t}}}"),
        Gen.Elements(Texts).Select(t => $"{{\"text\":{t},\"thought\":true,\"thoughtSignature\":\"c2ln\"}}"),
        from id in Gen.Elements("", "\"id\":\"a\",", "\"id\":\"\",", "\"id\":7,")
        from arguments in Gen.Elements(Arguments)
        from signature in Gen.Elements("", ",\"thoughtSignature\":\"c2ln\"", ",\"thoughtSignature\":7")
        select $"{{\"functionCall\":{{{id}\"name\":\"get_time\",\"args\":{arguments}}}{signature}}}",
        Gen.Elements("null", "7", "{}", "{\"inlineData\":{}}", "{\"functionCall\":null}"));

    private static readonly Gen<string> GeminiEvent = Gen.Frequency(
        (12, from parts in Part.ArrayOf()
             from reason in Gen.Elements("null", "null", "null", "\"STOP\"", "\"MAX_TOKENS\"", "\"SAFETY\"", "\"MALFORMED_FUNCTION_CALL\"", "\"ODD\"", "3")
             from usage in Gen.Elements(
                 "null", "{}", "{\"promptTokenCount\":5,\"candidatesTokenCount\":2}", "{\"promptTokenCount\":5,\"totalTokenCount\":5}", "7")
             select $$$"""{"candidates":[{"content":{"parts":[{{{string.Join(',', parts)}}}]},"finishReason":{{{reason}}}}],"usageMetadata":{{{usage}}}}"""),
        (1, Gen.Elements(
            "[DONE]", "{", "1", "[]", "{}", "{\"error\":{\"code\":503}}", "[{\"error\":{}}]", "{\"candidates\":{}}", "{\"candidates\":[{\"index\":1}]}",
            "{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}", "{\"candidates\":[{\"content\":null}]}")));

    [Fact]
    public void Rules_E1_E2_E6_E13_E20_E21_E39_E88_any_stream_of_Responses_becomes_a_grammatical_one_or_ends_in_an_error() =>
        CheckStreams("openai-responses", ResponsesEvent);

    [Fact]
    public void Rules_E1_E2_E6_E13_E20_E21_E39_E88_any_stream_of_Gemini_becomes_a_grammatical_one_or_ends_in_an_error() => CheckStreams("gemini", GeminiEvent);

    [Fact]
    public void Rule_E56_every_call_to_Responses_is_answered_and_errors_are_the_clients() => CheckRequests("openai-responses", body =>
    {
        HashSet<string> open = [];
        foreach (var item in body["input"]!.AsArray())
        {
            switch (item!["type"]!.GetValue<string>())
            {
                case "function_call":
                    Assert.True(open.Add(item["call_id"]!.GetValue<string>()), "an id twice in a turn");
                    break;
                case "function_call_output":
                    Assert.True(open.Remove(item["call_id"]!.GetValue<string>()), "a result without its call");
                    break;
                default:
                    Assert.True(open.Count == 0 || item["role"]!.GetValue<string>() == "assistant", "words between a call and its result");
                    Assert.True(item["content"] is JsonArray { Count: > 0 } || item["content"]!.GetValue<string>().Length > 0, "an empty message");
                    break;
            }
        }

        Assert.Empty(open);
    });

    [Fact]
    public void Rules_E56_E77_every_call_to_Gemini_is_answered_in_the_next_content_and_roles_alternate() => CheckRequests("gemini", body =>
    {
        HashSet<string> open = [];
        string? before = null;
        foreach (var content in body["contents"]!.AsArray())
        {
            var role = content!["role"]!.GetValue<string>();
            Assert.NotEqual(before, role);
            before = role;
            Assert.NotEmpty(content["parts"]!.AsArray());
            foreach (var part in content["parts"]!.AsArray())
            {
                if (part!["functionCall"] is { } call)
                    Assert.True(role == "model" && open.Add(call["id"]!.GetValue<string>()), "an id twice in a turn");
                else if (part["functionResponse"] is { } result)
                    Assert.True(role == "user" && open.Remove(result["id"]!.GetValue<string>()), "a result without its call");
            }

            Assert.True(role == "model" || open.Count == 0, "a call without its result");
        }

        Assert.Empty(open);
    });

    private static void CheckStreams(string dialect, Gen<string> one)
    {
        var inputs = from events in one.ArrayOf()
                     from mode in Gen.Elements("{\"type\":\"disabled\"}", "{\"type\":\"adaptive\"}", "{\"type\":\"adaptive\",\"display\":\"omitted\"}")
                     from size in Gen.Choose(1, 200)
                     select (events, mode, size);
        var completed = 0;
        Prop.ForAll(inputs.ToArbitrary(), input =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(input.events.Select(e => $"data: {e}\n\n")));
            using var scope = new CallScope(thinking: input.mode, dialect: dialect);
            var (events, failure, _) = Translating.Stream(scope.Call, [.. bytes.Chunk(input.size)]);
            var message = StreamGrammar.Check(events);
            Assert.Equal(failure is null, message is not null);
            Assert.NotEqual(ErrorKind.Internal, failure?.Kind);
            completed += failure is null ? 1 : 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithEndSize(30));
        Assert.True(completed > 100, $"only {completed} were complete");
    }

    private static void CheckRequests(string dialect, Action<JsonObject> check)
    {
        var translated = 0;
        Prop.ForAll(RequestPropertyTests.Messages.ToArbitrary(), messages =>
        {
            var body = Encoding.UTF8.GetBytes($$"""{"model":"m","max_tokens":9,"messages":[{{string.Join(",", messages)}}]}""");
            try
            {
                using var scope = new CallScope(body, dialect: dialect);
                check(JsonNode.Parse(Translating.Request(scope.Call), documentOptions: new JsonDocumentOptions { MaxDepth = 512 })!.AsObject());
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
}
