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
        ["OwnUsage"] = Open(
            """
            {"from":"2026-11-01","to":"2026-11-29",
             "data":[{"day":"2026-11-29","model":"demo/echo","requests":2,"input_tokens":24,"output_tokens":68,"cache_creation_input_tokens":0,
                      "cache_read_input_tokens":0,"cost":"0.01","currency":"USD","unpriced_requests":0}],
             "totals":{"requests":2,"input_tokens":24,"output_tokens":68,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cost":"0.01",
                       "currency":"USD","unpriced_requests":0}}
            """,
            ["from", "to", "data", "totals"],
            ("from", Text()), ("to", Text()), ("data", Array(OwnUsageLine())), ("totals", OwnUsageLine())),
        ["SpendUsage"] = Open(
            """
            {"extra_usage":{"is_enabled":true,"monthly_limit":50000,"used_credits":41000,"utilization":82,"currency":"USD"},
             "limits":[{"kind":"spend","group":"monthly","percent":82,"resets_at":"2026-12-01T00:00:00.000Z","severity":"warning","is_active":true}]}
            """,
            ["extra_usage", "limits"],
            ("extra_usage", Open(null, ["is_enabled", "monthly_limit", "used_credits", "utilization", "currency"],
                ("is_enabled", Flag()), ("monthly_limit", OrNull(Number())), ("used_credits", Number()), ("utilization", OrNull(Whole())), ("currency", Text()),
                ("daily", Open(null, ["used_credits"])), ("weekly", Open(null, ["used_credits"])))),
            ("limits", Array(Open(null, ["kind", "group", "percent", "resets_at", "severity", "is_active"],
                ("kind", Text()), ("group", Text()), ("percent", Whole()), ("resets_at", TextOrNull()), ("severity", Text()), ("is_active", Flag()))))),
        ["SpendLimitRequest"] = Open(
            """{"scope":{"type":"user","user_id":"key_4QmVXb2s"},"amount":"50000","period":"monthly"}""",
            ["scope"],
            ("scope", Scope()), ("amount", TextOrNull()), ("period", Text()), ("pooled_budget", Open(null, [], ("amount", TextOrNull()), ("paused", Flag())))),
        ["SpendLimit"] = SpendLimit(),
        ["SpendLimitDeleted"] = Open("""{"type":"spend_limit_deleted","id":"spl_key_4QmVXb2s"}""", ["type", "id"], ("type", Text()), ("id", Text())),
        ["SpendLimitList"] = Open(
            """{"data":[],"has_more":false,"first_id":null,"last_id":null}""",
            ["data", "has_more", "first_id", "last_id"],
            ("data", Array(SpendLimit())), ("has_more", Flag()), ("first_id", TextOrNull()), ("last_id", TextOrNull())),
        ["SpendLimitAudit"] = Open(
            """
            {"data":[{"type":"audit_event","id":"1","created_at":"2026-11-29T08:00:00.000Z","actor":"admin-key","action":"spend_limit.delete",
             "target_id":"spl_key_4QmVXb2s","before":null,"after":null,"reason":null}],"has_more":false}
            """,
            ["data", "has_more"],
            ("data", Array(Open(null, ["type", "id", "created_at", "actor", "action", "target_id", "before", "after", "reason"],
                ("type", Text()), ("id", Text()), ("created_at", Text()), ("actor", Text()), ("action", Text()), ("target_id", Text()),
                ("before", new OpenApiSchema()), ("after", new OpenApiSchema()), ("reason", TextOrNull())))),
            ("has_more", Flag())),
        ["EffectiveSpendLimits"] = Open(
            """
            {"data":[{"scope":{"type":"user","user_id":"key_4QmVXb2s"},"groups":["team:7FhXk2Qp"],
             "actor":{"type":"user_actor","user_id":"key_4QmVXb2s","name":"search-ci","email_address":null,"deleted":false},"amount":"50000","currency":"USD",
             "period":"monthly","source":{"type":"user","user_id":"key_4QmVXb2s"},"spend_limit_id":"spl_key_4QmVXb2s","period_to_date_spend":"41000.5"}],
             "next_page":null}
            """,
            ["data", "next_page"],
            ("data", Array(Open(null, ["scope", "groups", "actor", "amount", "currency", "period", "source", "spend_limit_id", "period_to_date_spend"],
                ("scope", Scope()), ("groups", Array(Text())), ("actor", Open(null, ["type", "user_id", "name", "email_address", "deleted"])),
                ("amount", TextOrNull()), ("currency", Text()), ("period", Text()), ("source", new OpenApiSchema()), ("spend_limit_id", TextOrNull()),
                ("period_to_date_spend", Text())))),
            ("next_page", TextOrNull())),
        ["ManagedSettings"] = Open(
            """
            {"uuid":"sha256:6f0a","checksum":"sha256:6f0a","settings":{"availableModels":["opus","sonnet"],"env":{"DISABLE_UPDATES":"1"}}}
            """,
            ["uuid", "checksum", "settings"],
            ("uuid", Text()), ("checksum", Text()), ("settings", Open(null, []))),
        ["Telemetry"] = Open("""{"resourceMetrics":[]}""", []),
        ["TelemetryTaken"] = Open("""{"partialSuccess":{}}""", [], ("partialSuccess", Open(null, []))),
        ["Error"] = Open(
            """{"type":"error","error":{"type":"not_found_error","message":"model: no-such-model"},"request_id":"req_01"}""",
            ["type", "error"],
            ("type", Text()),
            ("error", Open(null, ["type", "message"], ("type", Text()), ("message", Text()))),
            ("request_id", Text())),
    };

    private static OpenApiSchema OwnUsageLine() => Open(
        null,
        ["requests", "input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "unpriced_requests"],
        ("day", Text()), ("model", Text()), ("provider", Text()), ("requests", Whole()), ("input_tokens", Whole()), ("output_tokens", Whole()),
        ("cache_creation_input_tokens", Whole()), ("cache_read_input_tokens", Whole()), ("cost", TextOrNull()), ("currency", TextOrNull()),
        ("costs", Open(null, [])), ("unpriced_requests", Whole()));

    private static OpenApiSchema SpendLimit() => Open(
        """
        {"type":"spend_limit","id":"spl_key_4QmVXb2s","created_at":"2026-11-29T08:00:00.000Z","updated_at":"2026-11-29T08:00:00.000Z",
         "scope":{"type":"user","user_id":"key_4QmVXb2s"},"amount":"50000","currency":"USD","period":"monthly"}
        """,
        ["type", "id", "created_at", "updated_at", "scope", "amount", "currency", "period"],
        ("type", Text()), ("id", Text()), ("created_at", Text()), ("updated_at", Text()), ("scope", Scope()), ("amount", TextOrNull()), ("currency", Text()),
        ("period", Text()), ("pooled_budget", Open(null, ["amount", "paused", "currency"],
            ("amount", Text()), ("paused", Flag()), ("currency", Text()), ("period_to_date_spend", Text()))));

    private static OpenApiSchema Scope() => Open(
        null, ["type"], ("type", Text()), ("user_id", Text()), ("rbac_group_id", Text()), ("organization_id", Text()));

    private static OpenApiSchema OrNull(OpenApiSchema schema)
    {
        schema.Type |= JsonSchemaType.Null;
        return schema;
    }

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

    private static OpenApiSchema TextOrNull() => OrNull(Text());

    private static OpenApiSchema Whole() => new() { Type = JsonSchemaType.Integer };

    private static OpenApiSchema Number() => new() { Type = JsonSchemaType.Number };

    private static OpenApiSchema Flag() => new() { Type = JsonSchemaType.Boolean };
}
