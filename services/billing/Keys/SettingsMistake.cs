using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

/// <summary>What a JSON reader's complaint means for whoever sent the settings: which member, and what it should be.</summary>
internal static partial class SettingsMistake
{
    public static (string Field, string Message) Of(Type settings, JsonException e)
    {
        if (e.Path is null)
            return ("", $"It is not JSON, or nested too deeply, at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        var field = "";
        var type = AdminJson.Strict.GetTypeInfo(settings);
        foreach (Match step in PathStep().Matches(e.Path))
        {
            var name = step.Groups["name"].Value + step.Groups["quoted"].Value;
            field += name.Length == 0 ? step.Value : field.Length == 0 ? name : "." + name;
            if (type.Kind == JsonTypeInfoKind.Object)
            {
                if (type.Properties.FirstOrDefault(p => p.Name == name) is not { } member)
                    return (field, $"There is no such member. There are: {string.Join(", ", type.Properties.Select(p => p.Name))}.");
                type = AdminJson.Strict.GetTypeInfo(member.PropertyType);
            }
            else if (type.ElementType is { } element)
            {
                type = AdminJson.Strict.GetTypeInfo(element);
            }
        }

        // The reader says the same of an object of the wrong type and of one that lacks a member, but for the words.
        return e.Message.Contains("missing required", StringComparison.Ordinal)
            ? (field, $"A member is missing; it must have {string.Join(", ", type.Properties.Where(p => p.IsRequired).Select(p => p.Name))}.")
            : (field, Expected(type));
    }

    /// <summary>Removes what the reader complained of; false when it is nowhere. An item of a list becomes null: the others keep their places.</summary>
    public static bool TryTakeOut(JsonNode settings, JsonException e)
    {
        JsonNode? found = null, inner = settings;
        var last = "";
        foreach (Match step in PathStep().Matches(e.Path ?? ""))
        {
            var name = step.Groups["name"].Value + step.Groups["quoted"].Value;
            var next = inner switch
            {
                JsonObject members when members.TryGetPropertyValue(name, out var value) => value ?? new JsonObject(),
                JsonArray items when name.Length == 0 => items[IndexOf(step.Value)] ?? new JsonObject(),
                _ => null,
            };
            if (next is null)
                break;
            (found, inner, last) = (inner, next, name.Length == 0 ? step.Value : name);
        }

        if (found is not JsonArray list)
            return found is JsonObject holder && holder.Remove(last);
        if (list[IndexOf(last)] is null)
            return false;
        list[IndexOf(last)] = null;
        return true;

        static int IndexOf(string step) => int.Parse(step.AsSpan(1, step.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static string Expected(JsonTypeInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        return info.Kind switch
        {
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "An object.",
            JsonTypeInfoKind.Enumerable => "A list.",
            _ when type.IsEnum => $"One of {string.Join(", ", Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(v => Name(type, v)))}.",
            _ when type == typeof(string) => "A text.",
            _ when type == typeof(bool) => "true or false.",
            _ when type == typeof(decimal) => "A number.",
            _ when type == typeof(DateTimeOffset) => "A time as in 2027-01-01T00:00:00Z.",
            _ => "A whole number.",
        };
    }

    private static string? Name(Type type, object value) => JsonSerializer.SerializeToElement(Enum.ToObject(type, value), type, AdminJson.Strict).GetString();

    /// <summary><c>.name</c>, <c>['any name']</c> or <c>[0]</c>.</summary>
    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\['(?<quoted>.*?)'\]|\[\d+\]")]
    private static partial Regex PathStep();
}
