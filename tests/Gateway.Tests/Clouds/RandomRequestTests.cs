using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Names;
using Gateway.Providers.Clouds;

namespace Gateway.Tests.Clouds;

/// <summary>What is cut out of bytes is what an object model would remove, whatever the order of members and the space between them.</summary>
public class RandomRequestTests
{
    private static readonly string[] RootDrops = ["model", "stream", "speed", "fallbacks", "diagnostics", "service_tier", "tags", "billing_policy"];

    private static readonly string[] Names =
    [
        "model", "stream", "speed", "fallbacks", "service_tier", "tags", "max_tokens", "messages", "tools", "system", "cache_control", "output_config", "x",
        "stop_sequences",
    ];

    [Fact]
    public void Random_requests_are_cut_as_an_object_model_would()
    {
        var random = new Random(19);
        for (var i = 0; i < 3000; i++)
        {
            var text = Request(random);
            var expected = JsonNode.Parse(text)!.AsObject();
            Remove(expected);
            using var request = DoorRequest.Of(
                Doors.Bedrock, Operations.Generate, "anthropic.claude-opus-4-8", Encoding.UTF8.GetBytes(text), null, [], null, null);

            var sent = Encoding.UTF8.GetString(request.Body.Span);
            Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(sent)), $"{text}\n{sent}");
        }
    }

    private static void Remove(JsonObject request)
    {
        foreach (var name in RootDrops)
            request.Remove(name);
        (request["output_config"] as JsonObject)?.Remove("format");
        (request["cache_control"] as JsonObject)?.Remove("scope");
        foreach (var item in (request["system"] as JsonArray ?? []).Concat(request["tools"] as JsonArray ?? []).OfType<JsonObject>())
            (item["cache_control"] as JsonObject)?.Remove("scope");
        foreach (var tool in (request["tools"] as JsonArray ?? []).OfType<JsonObject>())
        {
            tool.Remove("strict");
            tool.Remove("allowed_callers");
        }

        foreach (var block in (request["messages"] as JsonArray ?? []).SelectMany(m => m!["content"] as JsonArray ?? []).OfType<JsonObject>())
        {
            (block["cache_control"] as JsonObject)?.Remove("scope");
            foreach (var inner in (block["content"] as JsonArray ?? []).OfType<JsonObject>())
                (inner["cache_control"] as JsonObject)?.Remove("scope");
        }

        request["anthropic_version"] = "bedrock-2023-05-31";
    }

    private static string Request(Random random) =>
        Object(random, [.. Names.Where(_ => random.Next(3) > 0).Select(name => (name, Value(random, name)))]);

    private static string Value(Random random, string name) => name switch
    {
        "system" => Array(random, () => Block(random, 0)),
        "tools" => Array(random, () => Object(random, Some(
            random, ("name", "\"t\""), ("strict", "true"), ("allowed_callers", "[\"direct\"]"), ("cache_control", Cache(random)),
            ("input_schema", Object(random, [("strict", "true"), ("cache_control", Cache(random))]))))),
        "messages" => Array(random, () => Object(random, [("role", "\"user\""), ("content", Array(random, () => Block(random, 1)))])),
        "cache_control" => Cache(random),
        "output_config" => Object(random, Some(random, ("effort", "\"high\""), ("format", "{\"type\":\"json_schema\"}"), ("task_budget", "1"))),
        "stream" => "true",
        "max_tokens" => "1.0e2",
        _ => random.Next(2) == 0 ? "\"a\\\"}\\u00e9\"" : Object(random, [("model", "[1, {}]")]),
    };

    private static string Block(Random random, int depth) => Object(random, Some(
        random, ("type", "\"text\""), ("text", "\"x, }\""), ("cache_control", Cache(random)), ("input", Object(random, [("cache_control", Cache(random))])),
        ("content", depth > 0 ? Array(random, () => Block(random, depth - 1)) : "\"c\"")));

    private static string Cache(Random random) => Object(random, Some(random, ("scope", "\"org\""), ("type", "\"ephemeral\""), ("ttl", "\"1h\"")));

    private static (string, string)[] Some(Random random, params (string, string)[] members) => [.. members.Where(_ => random.Next(3) > 0)];

    private static string Array(Random random, Func<string> item) =>
        $"[{string.Join(",", Enumerable.Range(0, random.Next(3)).Select(_ => Space(random) + item()))}]";

    private static string Object(Random random, (string Name, string Value)[] members)
    {
        random.Shuffle(members);
        return "{" + string.Join(",", members.Select(m => $"{Space(random)}\"{m.Name}\"{Space(random)}:{Space(random)}{m.Value}{Space(random)}")) + "}";
    }

    private static string Space(Random random) => random.Next(4) == 0 ? " \n" : "";
}
