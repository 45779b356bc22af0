using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

/// <summary>Reads settings as they were sent, or what a merge patch makes of those in force; mistakes come back by the field's path.</summary>
internal static class SettingsReader
{
    /// <summary>Each costs another look at the whole body.</summary>
    private const int MaxMistakes = 50;

    /// <summary>What could be read, mistakes left out, so that all that is wrong can be told at once; null when nothing could.</summary>
    /// <param name="body">JSON: an object of settings, or a patch of <paramref name="current"/> if that is given.</param>
    /// <param name="current">The settings in force, or null.</param>
    /// <param name="errors">What is wrong, by field, and what would be right; empty when everything could be read.</param>
    public static T? Read<T>(string body, T? current, out Dictionary<string, string[]> errors)
        where T : class
    {
        errors = [];
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                errors[""] = ["The body must be a JSON object."];
                return null;
            }

            var given = JsonText.Keep(document.RootElement.Clone(), errors);
            var merged = current is null ? given : Merge(JsonSerializer.SerializeToNode(current, AdminJson.Strict)!.AsObject(), given);
            return Read<T>(merged, errors);
        }
        catch (JsonException e)
        {
            var (field, message) = SettingsMistake.Of(typeof(T), e);
            errors[field] = [message];
            return null;
        }
    }

    /// <summary>What the reader trips over is taken out, so that it comes to what is wrong after it.</summary>
    private static T? Read<T>(JsonObject settings, Dictionary<string, string[]> errors)
        where T : class
    {
        while (true)
        {
            try
            {
                return settings.Deserialize<T>(AdminJson.Strict);
            }
            catch (JsonException e)
            {
                var (field, message) = SettingsMistake.Of(typeof(T), e);
                // What lacks a member because of a mistake in it has been named by that.
                if (!errors.Keys.Any(known => known.StartsWith(field + ".", StringComparison.Ordinal)))
                    errors.TryAdd(field, [message]);
                if (errors.Count >= MaxMistakes || !SettingsMistake.TryTakeOut(settings, e))
                    return null;
            }
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
