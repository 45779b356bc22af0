using System.Text.Json.Nodes;
using Json.Schema;

namespace Gateway.Tests.Documents;

/// <summary>An OpenAPI document as its readers take it: operations, references, examples, and answers held against it.</summary>
internal sealed class ApiDescription(JsonNode document)
{
    private const string Components = "#/components/schemas/";

    public IEnumerable<(string Name, JsonObject Operation)> Operations =>
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(o => ($"{o.Key.ToUpperInvariant()} {path.Key}", o.Value!.AsObject())));

    /// <summary>Everything that a document is checked for without a call.</summary>
    public void AssertSound()
    {
        Assert.Equal("/", (string)document["servers"]![0]!["url"]!);
        Assert.NotEmpty(document["security"]!.AsArray());
        foreach (var reference in All(document, "$ref"))
            Assert.NotNull(((string)reference!).Split('/').Skip(1).Aggregate(document, (node, name) => node?[name]!));
        var ids = Operations.Select(o => (string?)o.Operation["operationId"]).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(Operations, o => AssertSound(o.Name, o.Operation));
        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
        {
            Assert.Empty(SchemaCheck.Mistakes(MetaSchemas.Draft202012, schema));
            AssertExamples(name, schema!);
        }
    }

    /// <summary>The answer of a real call: its status, its type and its body are described.</summary>
    public void AssertDescribed(string operation, int status, string? type, string body)
    {
        var described = Operations.Single(o => o.Name == operation).Operation["responses"]![status.ToString()]?.AsObject();
        Assert.True(described is not null, $"{operation}: {status} is not described: {body}");
        if (described["content"] is not JsonObject content)
        {
            Assert.Equal("", body);
            return;
        }

        Assert.True(content[type!] is not null, $"{operation} {status}: {type} is not described");
        if (type!.EndsWith("json", StringComparison.Ordinal))
            AssertFits($"{operation} {status}", content[type]!["schema"]!, JsonNode.Parse(body), open: false);
    }

    private void AssertSound(string name, JsonObject operation)
    {
        foreach (var text in new[] { "operationId", "summary", "description" })
            Assert.True(operation[text] is not null, $"{name} has no {text}");
        Assert.NotEmpty(operation["tags"]!.AsArray());
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            Assert.True(parameter!["description"] is not null, $"{name}: {parameter["name"]} has no description");
            Assert.True(parameter["example"] is not null, $"{name}: {parameter["name"]} has no example");
            AssertFits($"{name}: {parameter["name"]}", parameter["schema"]!, parameter["example"]);
        }

        foreach (var part in name.Split('/').Where(p => p is ['{', ..]))
            Assert.Contains(operation["parameters"]!.AsArray(), p => (string)p!["name"]! == part.Trim('{', '}') && (string)p["in"]! == "path");
        var responses = operation["responses"]!.AsObject();
        Assert.Contains(responses, r => r.Key[0] == '2');
        Assert.Contains(responses, r => r.Key is "default" or "503");
        foreach (var (status, response) in responses.Append(new("body", operation["requestBody"])))
        {
            foreach (var (type, media) in response?["content"]?.AsObject() ?? [])
            {
                Assert.True(media!["example"] is not null, $"{name} {status} {type} has no example");
                AssertFits($"{name} {status}", media["schema"]!, media["example"]);
            }
        }
    }

    private void AssertExamples(string path, JsonNode schema)
    {
        foreach (var example in schema["examples"]?.AsArray() ?? [])
            AssertFits(path, schema, example);
        foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
            AssertExamples($"{path}.{name}", member!);
    }

    /// <param name="what">Named when it fails.</param>
    /// <param name="schema">Inside the document, to which its references lead.</param>
    /// <param name="value">What should fit.</param>
    /// <param name="open">Whether members that the schema does not name are right.</param>
    private void AssertFits(string what, JsonNode schema, JsonNode? value, bool open = true)
    {
        var root = new JsonObject { ["allOf"] = new JsonArray(schema.DeepClone()), ["$defs"] = Needed(schema) };
        if (!open)
            Close(root);
        var built = JsonSchema.FromText(root.ToJsonString().Replace(Components, "#/$defs/", StringComparison.Ordinal));
        var mistakes = SchemaCheck.Mistakes(built, value);
        Assert.True(mistakes.Count == 0, $"{what}: {string.Join("; ", mistakes)}\n{value?.ToJsonString()}");
    }

    /// <summary>What the schema's references lead to, and theirs: all of them, for each example, would take minutes and gigabytes.</summary>
    private JsonObject Needed(JsonNode schema)
    {
        var needed = new JsonObject();
        for (var open = new Queue<JsonNode>([schema]); open.TryDequeue(out var next);)
        {
            foreach (var name in All(next, "$ref").Select(reference => ((string)reference!)[Components.Length..].Split('/')[0]))
            {
                if (needed.ContainsKey(name))
                    continue;
                var found = document["components"]!["schemas"]![name]!;
                needed[name] = found.DeepClone();
                open.Enqueue(found);
            }
        }

        return needed;
    }

    /// <summary>A member of an answer that its schema does not name is one that the document has forgotten.</summary>
    private static void Close(JsonNode? node)
    {
        if (node is JsonObject schema && schema["properties"] is JsonObject && schema["additionalProperties"] is null)
            schema["additionalProperties"] = false;
        var inner = node is JsonObject members ? members.Select(p => p.Value).ToList() : node is JsonArray items ? [.. items] : [];
        inner.ForEach(Close);
    }

    private static IEnumerable<JsonNode?> All(JsonNode? node, string name) => node switch
    {
        JsonObject o => o.SelectMany(p => p.Key == name ? [p.Value] : All(p.Value, name)),
        JsonArray a => a.SelectMany(i => All(i, name)),
        _ => [],
    };
}
