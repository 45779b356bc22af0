using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Billing.Keys;

/// <summary>Leaves out what JSON syntax allows and no reader can keep: half of a character (<c>"\ud800"</c>), and a member given twice.</summary>
internal static class JsonText
{
    private const string HalfCharacter =
        "It has half of a character: a \\u escape from d800 to dfff without its other half. Send both halves, or leave it out.";

    /// <summary>A copy of what can be kept; what cannot is named in <paramref name="mistakes"/> by its path.</summary>
    public static JsonObject Keep(JsonElement value, Dictionary<string, string[]> mistakes) => OfObject(value, "", mistakes);

    private static JsonObject OfObject(JsonElement value, string path, Dictionary<string, string[]> mistakes)
    {
        var kept = new JsonObject();
        foreach (var member in value.EnumerateObject())
        {
            if (NameOf(member) is not { } name)
            {
                mistakes.TryAdd(path, ["The name of a member: " + HalfCharacter]);
                continue;
            }

            var inner = path.Length == 0 ? name : $"{path}.{name}";
            if (kept.ContainsKey(name))
                mistakes.TryAdd(inner, ["It is given twice. Leave one out."]);
            else if (TryKeep(member.Value, inner, mistakes, out var node))
                kept[name] = node;
        }

        return kept;
    }

    private static bool TryKeep(JsonElement value, string path, Dictionary<string, string[]> mistakes, out JsonNode? kept)
    {
        kept = value.ValueKind switch
        {
            JsonValueKind.Object => OfObject(value, path, mistakes),
            JsonValueKind.Array => OfArray(value, path, mistakes),
            JsonValueKind.Null => null,
            JsonValueKind.String => TextOf(value) is { } text ? JsonValue.Create(text) : null,
            _ => JsonValue.Create(value),
        };
        if (kept is not null || value.ValueKind == JsonValueKind.Null)
            return true;
        mistakes.TryAdd(path, [HalfCharacter]);
        return false;
    }

    /// <summary>A null stands in the place of what cannot be kept: the others keep their places.</summary>
    private static JsonArray OfArray(JsonElement value, string path, Dictionary<string, string[]> mistakes)
    {
        var kept = new JsonArray();
        foreach (var item in value.EnumerateArray())
        {
            TryKeep(item, $"{path}[{kept.Count}]", mistakes, out var node);
            kept.Add(node);
        }

        return kept;
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? TextOf(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
