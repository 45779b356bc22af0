using System.Globalization;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Deployment;

/// <summary>Compares resources with the list of fields that Dapr has. A misspelt field would be pruned by the API server, or ignored, in silence.</summary>
internal static class DaprFields
{
    private static readonly JsonObject Known = YamlFiles.Read("tests", "Gateway.Tests", "Deployment", "dapr-fields.yaml")[0];

    public static bool IsDapr(JsonObject resource) => resource.Text("apiVersion")?.StartsWith("dapr.io/", StringComparison.Ordinal) == true;

    public static IEnumerable<string> Mistakes(JsonObject resource)
    {
        if (Known[resource.Kind()] is not JsonObject form)
            return [$"kind {resource.Kind()} is unknown"];
        var rest = resource.DeepClone().AsObject();
        rest.Remove("kind");
        rest.Remove("metadata");
        var fields = form.DeepClone().AsObject();
        fields["apiVersion"] = "string";
        return Compare(rest, fields, "").Concat(resource.Text("apiVersion") == form.Text("apiVersion") ? [] : ["apiVersion"]);
    }

    public static IEnumerable<string> AnnotationMistakes(JsonObject annotations)
    {
        var daprs = annotations.Where(a => a.Key.StartsWith("dapr.io/", StringComparison.Ordinal));
        return Compare(new JsonObject(daprs.Select(a => KeyValuePair.Create(a.Key, a.Value?.DeepClone()))), Known["annotations"]!, "");
    }

    private static IEnumerable<string> Compare(JsonNode? node, JsonNode form, string path)
    {
        switch (node, form)
        {
            case (JsonObject map, JsonObject fields):
                foreach (var (name, value) in map)
                {
                    var at = $"{path}.{name}";
                    var field = fields[name] ?? fields["*"];
                    foreach (var mistake in field is null ? [$"{at} does not exist"] : Compare(value, field, at))
                        yield return mistake;
                }

                break;
            case (JsonArray list, JsonArray items):
                for (var i = 0; i < list.Count; i++)
                {
                    foreach (var mistake in Compare(list[i], items[0]!, $"{path}[{i}]"))
                        yield return mistake;
                }

                break;
            case (JsonValue value, JsonValue type):
                var text = value.GetValue<string>();
                var fits = type.GetValue<string>() switch
                {
                    "boolean" => text is "true" or "false",
                    "integer" => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
                    _ => true,
                };
                if (!fits)
                    yield return $"{path} is no {type}";
                break;
            default:
                yield return $"{path} has the wrong form";
                break;
        }
    }
}
