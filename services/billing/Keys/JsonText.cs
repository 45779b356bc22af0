using System.Text.Json;

namespace Gateway.Billing.Keys;

/// <summary>Finds what JSON syntax allows and no reader can keep: half of a character (<c>"\ud800"</c>), and a member given twice.</summary>
internal static class JsonText
{
    private const string HalfCharacter =
        "It has half of a character: a \\u escape from d800 to dfff without its other half. Send both halves, or leave it out.";

    /// <summary>The first such mistake with its path, or null.</summary>
    public static (string Field, string Message)? FindMistake(JsonElement value, string path = "") => value.ValueKind switch
    {
        JsonValueKind.Object => OfObject(value, path),
        JsonValueKind.Array => value.EnumerateArray().Select((item, i) => FindMistake(item, $"{path}[{i}]")).FirstOrDefault(m => m is not null),
        JsonValueKind.String => IsWhole(value.GetString) ? null : (path, HalfCharacter),
        _ => null,
    };

    private static (string Field, string Message)? OfObject(JsonElement value, string path)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (!IsWhole(() => member.Name))
                return (path, "The name of a member: " + HalfCharacter);
            var inner = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (!names.Add(member.Name))
                return (inner, "It is given twice. Leave one out.");
            if (FindMistake(member.Value, inner) is { } mistake)
                return mistake;
        }

        return null;
    }

    private static bool IsWhole(Func<string?> text)
    {
        try
        {
            text();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
