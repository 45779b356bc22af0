using Microsoft.OpenApi;

namespace Gateway.Ingress.Endpoints;

/// <summary>The shapes of the OpenAPI document.</summary>
internal static class ApiSchemas
{
    public static IReadOnlyDictionary<string, OpenApiSchema> All { get; } = new Dictionary<string, OpenApiSchema>
    {
        ["Object"] = Open([]),
        ["MessagesRequest"] = Open(["model", "messages"], ("model", Text()), ("messages", Array(Open(["role", "content"], ("role", Text()), ("content", new OpenApiSchema())))),
            ("max_tokens", Whole()), ("stream", Flag()), ("system", new OpenApiSchema()), ("tools", Array(Open([]))), ("tool_choice", Open([])),
            ("stop_sequences", Array(Text())), ("temperature", Number()), ("top_p", Number()), ("top_k", Whole()), ("metadata", Open([]))),
        ["Message"] = Open(["id", "type", "role", "model", "content", "usage"], ("id", Text()), ("type", Text()), ("role", Text()), ("model", Text()),
            ("content", Array(Open(["type"], ("type", Text())))), ("stop_reason", Text()), ("stop_sequence", Text()), ("usage", Open(["input_tokens", "output_tokens"], ("input_tokens", Whole()),
            ("output_tokens", Whole()), ("cache_creation_input_tokens", Whole()), ("cache_read_input_tokens", Whole())))),
        ["TokenCount"] = Open(["input_tokens"], ("input_tokens", Whole())),
        ["Model"] = ModelSchema(),
        ["ModelList"] = Open(["data", "has_more"], ("data", Array(ModelSchema())), ("has_more", Flag()), ("first_id", Text()), ("last_id", Text())),
        ["CreateKey"] = Open([], ("name", Text()), ("models", Array(Text())), ("nativeOnly", Flag()), ("limits", Limits()), ("budget", Budget()), ("teamId", Text()),
            ("expiresAt", new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" }), ("onDisconnect", Choice("estimate", "drain", "void")),
            ("extendedUsage", Flag()), ("metadata", Open([]))),
        ["CreateGroup"] = Open([], ("name", Text()), ("parent", Text()), ("limits", Limits()), ("budget", Budget()), ("metadata", Open([]))),
        ["Rotate"] = Open([], ("overlapSeconds", Whole())),
        ["DeadLetter"] = Open(["id", "receivedAt", "body"], ("id", Text()), ("receivedAt", new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" }), ("reason", Text()), ("body", Text())),
        ["KeyCreated"] = Open(["id", "key"], ("id", Text()), ("key", Text())),
        ["UsageReport"] = Open(["from", "to", "data", "totals"], ("from", Text()), ("to", Text()), ("data", Array(UsageRow())), ("totals", UsageRow())),
        ["Error"] = Open(["type", "error"], ("type", Text()), ("error", Open(["type", "message"], ("type", Text()), ("message", Text()))), ("request_id", Text())),
        ["Problem"] = Open([], ("type", Text()), ("title", Text()), ("status", Whole()), ("detail", Text()), ("errors", Open([]))),
    };

    private static OpenApiSchema Limits() =>
        Open([], ("requestsPerMinute", Whole()), ("inputTokensPerMinute", Whole()), ("outputTokensPerMinute", Whole()), ("concurrentRequests", Whole()));

    private static OpenApiSchema Budget() => Open(["amount"], ("amount", Number()), ("currency", Text()), ("period", Choice("day", "week", "month", "total")),
        ("enforcement", Choice("strict", "soft")), ("maxReservation", Number()));

    private static OpenApiSchema ModelSchema() =>
        Open(["id", "type", "display_name", "created_at"], ("id", Text()), ("type", Text()), ("display_name", Text()), ("created_at", Text()),
            ("lifecycle", Text()), ("max_input_tokens", Whole()), ("max_tokens", Whole()));

    private static OpenApiSchema UsageRow() =>
        Open(["requests"], ("requests", Whole()), ("input_tokens", Whole()), ("output_tokens", Whole()), ("cache_creation_input_tokens", Whole()),
            ("cache_read_input_tokens", Whole()), ("cost", Text()), ("currency", Text()), ("unpriced_requests", Whole()));

    private static OpenApiSchema Open(string[] required, params (string Name, OpenApiSchema Schema)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Required = required.ToHashSet(),
        Properties = members.ToDictionary(m => m.Name, m => (IOpenApiSchema)m.Schema),
        AdditionalPropertiesAllowed = true,
    };

    private static OpenApiSchema Array(OpenApiSchema items) => new() { Type = JsonSchemaType.Array, Items = items };

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema Whole() => new() { Type = JsonSchemaType.Integer };

    private static OpenApiSchema Number() => new() { Type = JsonSchemaType.Number };

    private static OpenApiSchema Flag() => new() { Type = JsonSchemaType.Boolean };

    private static OpenApiSchema Choice(params string[] values) =>
        new() { Type = JsonSchemaType.String, Enum = [.. values.Select(v => (System.Text.Json.Nodes.JsonNode)v)] };
}
