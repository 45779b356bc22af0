using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

/// <summary>Reads settings as they were sent, or what a merge patch makes of those in force; mistakes come back by the field's path.</summary>
internal static class SettingsReader
{
    /// <param name="body">JSON: an object of settings, or a patch of <paramref name="current"/> if that is given.</param>
    /// <param name="current">The settings in force, or null.</param>
    /// <param name="errors">What is wrong, by field, and what would be right; empty when the settings could be read.</param>
    public static T? Read<T>(string body, T? current, out Dictionary<string, string[]> errors)
        where T : class
    {
        errors = [];
        try
        {
            using (var document = JsonDocument.Parse(body))
            {
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                    errors[""] = ["The body must be a JSON object."];
                else if (JsonText.FindMistake(document.RootElement) is { } broken)
                    errors[broken.Field] = [broken.Message];
            }

            if (errors.Count > 0)
                return null;
            var given = JsonNode.Parse(body)!.AsObject();
            var merged = current is null ? given : Merge(JsonSerializer.SerializeToNode(current, AdminJson.Strict)!.AsObject(), given);
            return merged.Deserialize<T>(AdminJson.Strict);
        }
        catch (JsonException e)
        {
            var (field, message) = SettingsMistake.Of(typeof(T), e);
            errors[field] = [message];
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
}
