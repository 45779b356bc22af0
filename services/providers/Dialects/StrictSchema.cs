using System.Text.Json;

namespace Gateway.Providers.Dialects;

/// <summary>
/// Whether OpenAI's strict mode can take a schema; one that it can't is refused with a 400, so <c>strict</c> is then left out (rule E69).
/// https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
/// </summary>
internal static class StrictSchema
{
    private static readonly HashSet<string> Unsupported =
    [
        "allOf", "oneOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else", "patternProperties",
    ];

    public static bool Allows(JsonElement schema) => schema.ValueKind == JsonValueKind.Object && IsObjectType(schema) && AllowsPart(schema);

    private static bool AllowsPart(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return schema.ValueKind != JsonValueKind.False;
        foreach (var member in schema.EnumerateObject())
        {
            if (Unsupported.Contains(member.Name))
                return false;
            if (!AllowsMember(member))
                return false;
        }

        return !IsObjectType(schema) || IsClosed(schema);
    }

    private static bool AllowsMember(JsonProperty member) => member.Name switch
    {
        "properties" or "$defs" or "definitions" =>
            member.Value.ValueKind == JsonValueKind.Object && member.Value.EnumerateObject().All(p => AllowsPart(p.Value)),
        "items" => AllowsPart(member.Value),
        "anyOf" => member.Value.ValueKind == JsonValueKind.Array && member.Value.EnumerateArray().All(AllowsPart),
        _ => true,
    };

    private static bool IsObjectType(JsonElement schema) =>
        schema.TryGetProperty("properties", out _)
        || (schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("object"));

    /// <summary>Every property required and no others allowed.</summary>
    private static bool IsClosed(JsonElement schema)
    {
        if (!schema.TryGetProperty("additionalProperties", out var more) || more.ValueKind != JsonValueKind.False)
            return false;
        if (!schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object)
            return false;
        var required = schema.TryGetProperty("required", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(r => r.ValueKind == JsonValueKind.String).Select(r => r.GetString()).ToHashSet()
            : [];
        return properties.EnumerateObject().All(p => required.Contains(p.Name));
    }
}
