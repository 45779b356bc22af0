using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Billing;

/// <summary>
/// Checks a value against a JSON Schema that uses the keywords below and no others: a keyword that is not understood is an error, not a pass.
/// </summary>
internal sealed class JsonSchema(JsonNode root)
{
    private static readonly HashSet<string> Annotations = ["$schema", "$id", "$defs", "title", "description"];

    public JsonNode Root => root;

    public IReadOnlyList<string> Check(JsonNode? value)
    {
        var mistakes = new List<string>();
        Check(value, root, "$", mistakes);
        return mistakes;
    }

    public JsonNode Resolve(JsonNode schema)
    {
        while ((string?)schema["$ref"] is { } reference)
            schema = reference.Split('/')
                .Skip(1)
                .Aggregate(root, (node, name) => node[name] ?? throw new InvalidOperationException($"{reference} leads nowhere"));
        return schema;
    }

    private void Check(JsonNode? value, JsonNode given, string path, List<string> mistakes)
    {
        var schema = Resolve(given).AsObject();
        foreach (var (keyword, rule) in schema)
        {
            var ok = keyword switch
            {
                "type" => IsType(value, (string)rule!),
                "required" => value is not JsonObject o || rule!.AsArray().All(name => o.ContainsKey((string)name!)),
                "enum" => rule!.AsArray().Any(one => JsonNode.DeepEquals(one, value)),
                "minLength" => value?.GetValueKind() != JsonValueKind.String || ((string)value!).Length >= (int)rule!,
                "pattern" =>
                    value?.GetValueKind() != JsonValueKind.String || Regex.IsMatch((string)value!, (string)rule!, RegexOptions.None, TimeSpan.FromSeconds(1)),
                "minimum" => value?.GetValueKind() != JsonValueKind.Number || (decimal)value! >= (decimal)rule!,
                "maximum" => value?.GetValueKind() != JsonValueKind.Number || (decimal)value! <= (decimal)rule!,
                "format" => IsFormat((string?)value, (string)rule!),
                "properties" or "items" or "additionalProperties" => true,
                _ => Annotations.Contains(keyword) ? true : throw new NotSupportedException($"the keyword {keyword}"),
            };
            if (!ok)
                mistakes.Add($"{path}: {keyword} {rule!.ToJsonString()}");
        }

        if (value is JsonArray array && schema["items"] is { } items)
        {
            for (var i = 0; i < array.Count; i++)
                Check(array[i], items, $"{path}[{i}]", mistakes);
        }

        if (value is not JsonObject members)
            return;
        foreach (var (name, member) in members)
        {
            if ((schema["properties"]?[name] ?? schema["additionalProperties"]) is { } inner)
                Check(member, inner, $"{path}.{name}", mistakes);
        }
    }

    private static bool IsType(JsonNode? value, string type) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => decimal.IsInteger((decimal)value!),
        _ => false,
    };

    private static bool IsFormat(string? text, string format) => format switch
    {
        "date-time" =>
            DateTimeOffset.TryParseExact(
                text, ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        _ => throw new NotSupportedException($"the format {format}"),
    };
}
