using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Gateway.Ingress.Endpoints;

/// <summary>The shapes of bodies that ingress passes through or writes piece by piece: no type has them.</summary>
internal static class ApiSchemas
{
    public static IReadOnlyDictionary<string, OpenApiSchema> All { get; } = new Dictionary<string, OpenApiSchema>
    {
        ["MessagesRequest"] = Open(
            """{"model":"demo/echo","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}""",
            ["model", "messages"],
            ("model", Text()),
            ("messages", Array(Open(null, ["role", "content"], ("role", Text()), ("content", new OpenApiSchema())))),
            ("max_tokens", Whole()),
            ("stream", Flag()),
            ("system", new OpenApiSchema()),
            ("tools", Array(Open(null, []))),
            ("tool_choice", Open(null, [])),
            ("stop_sequences", Array(Text())),
            ("temperature", Number()),
            ("top_p", Number()),
            ("top_k", Whole()),
            ("metadata", Open(null, []))),
        ["Message"] = Open(
            """
            {"id":"msg_01","type":"message","role":"assistant","model":"demo/echo","content":[{"type":"text","text":"Hello"}],
             "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}
            """,
            ["id", "type", "role", "model", "content", "usage"],
            ("id", Text()),
            ("type", Text()),
            ("role", Text()),
            ("model", Text()),
            ("content", Array(Open(null, ["type"], ("type", Text())))),
            ("stop_reason", TextOrNull()),
            ("stop_sequence", TextOrNull()),
            ("usage", Open(null, ["input_tokens", "output_tokens"], ("input_tokens", Whole()), ("output_tokens", Whole()),
                ("cache_creation_input_tokens", Whole()), ("cache_read_input_tokens", Whole())))),
        ["TokenCount"] = Open("""{"input_tokens":12}""", ["input_tokens"], ("input_tokens", Whole())),
        ["Explanation"] = Open(
            """
            {"model":"demo/echo","requested_model":"demo/echo",
             "routes":[{"provider":"demo","dialect":"demo","upstream_model":"echo","native":false}],"request":{}}
            """,
            ["model", "requested_model", "routes", "request"],
            ("model", Text()),
            ("requested_model", Text()),
            ("routes", Array(Open(null, ["provider", "dialect", "upstream_model", "native"],
                ("provider", Text()), ("dialect", Text()), ("upstream_model", Text()), ("native", Flag())))),
            ("request", Open(null, []))),
        ["Error"] = Open(
            """{"type":"error","error":{"type":"not_found_error","message":"model: no-such-model"},"request_id":"req_01"}""",
            ["type", "error"],
            ("type", Text()),
            ("error", Open(null, ["type", "message"], ("type", Text()), ("message", Text()))),
            ("request_id", Text())),
    };

    private static OpenApiSchema Open(string? example, string[] required, params (string Name, OpenApiSchema Schema)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Required = required.ToHashSet(),
        Properties = members.ToDictionary(m => m.Name, m => (IOpenApiSchema)m.Schema),
        AdditionalPropertiesAllowed = true,
        Examples = example is null ? null : [JsonNode.Parse(example)!],
    };

    private static OpenApiSchema Array(OpenApiSchema items) => new() { Type = JsonSchemaType.Array, Items = items };

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema TextOrNull() => new() { Type = JsonSchemaType.String | JsonSchemaType.Null };

    private static OpenApiSchema Whole() => new() { Type = JsonSchemaType.Integer };

    private static OpenApiSchema Number() => new() { Type = JsonSchemaType.Number };

    private static OpenApiSchema Flag() => new() { Type = JsonSchemaType.Boolean };
}
