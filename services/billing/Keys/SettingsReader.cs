using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Gateway.Billing.Keys;

/// <summary>Reads settings as they were sent, or what a merge patch makes of those in force; mistakes come back by the field's path.</summary>
internal static class SettingsReader
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <param name="body">JSON: an object of settings, or a patch of <paramref name="current"/> if that is given.</param>
    /// <param name="current">The settings in force, or null.</param>
    /// <param name="type">The settings' JSON contract.</param>
    /// <param name="errors">What is wrong, by field; empty when the settings could be read.</param>
    public static T? Read<T>(string body, T? current, JsonTypeInfo<T> type, out Dictionary<string, string[]> errors)
        where T : class
    {
        errors = [];
        try
        {
            if (JsonNode.Parse(body, documentOptions: Strict) is not JsonObject given)
            {
                errors[""] = ["The body must be a JSON object."];
                return null;
            }

            var merged = current is null ? given : Merge((JsonObject)JsonSerializer.SerializeToNode(current, type)!, given);
            return merged.Deserialize(type);
        }
        catch (JsonException e)
        {
            errors[Field(e.Path)] = [Reason(e)];
            return null;
        }
    }

    /// <summary>RFC 7396: null removes, objects merge, everything else replaces.</summary>
    private static JsonObject Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
                target.Remove(name);
            else if (value is JsonObject inner)
                target[name] = Merge(target[name] as JsonObject ?? [], inner);
            else
                target[name] = value.DeepClone();
        }

        // A copy, so that no node has two parents.
        return (JsonObject)target.DeepClone();
    }

    private static string Field(string? path) => path is null or "$" ? "" : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;

    private static string Reason(JsonException e)
    {
        if (e.Message.Contains("could not be mapped", StringComparison.Ordinal))
            return "There is no such field.";
        if (e.Message.Contains("missing required", StringComparison.Ordinal))
            return "A required field is missing: " + e.Message[(e.Message.LastIndexOf(':') + 1)..].Trim();
        return e.Path is null or "$" ? "The body is not valid JSON." : "The value has the wrong type or is not one of those allowed.";
    }
}
