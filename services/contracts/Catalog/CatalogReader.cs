using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Gateway.Contracts.Catalog;

/// <summary>
/// Reads the JSON of a catalog and says of every member that has no such name, or a value of another kind, where it stands and what it should be: before
/// anything is made of it, so that a mistake is told in the words of the file.
/// </summary>
internal static class CatalogReader
{
    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <param name="json">With or without a byte order mark.</param>
    /// <param name="origin">What the catalog is called.</param>
    /// <param name="mistakes">Gets names that no member has; what has them can be read without them.</param>
    /// <exception cref="CatalogException">It is not JSON, or a value is of another kind than it should be.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> json, string origin, List<string> mistakes)
    {
        if (json.StartsWith("\uFEFF"u8))
            json = json[3..];
        try
        {
            using var document = JsonDocument.Parse(json.ToArray(), Options);
            var found = new Mistakes(mistakes, []);
            Check(document.RootElement, TypeOf(typeof(CatalogFile)), "", isMember: false, found);
            return found.Kinds.Count == 0
                ? JsonObject.Create(document.RootElement.Clone())!
                : throw new CatalogException(origin, [.. found.Kinds, .. found.Names]);
        }
        catch (JsonException e)
        {
            throw new CatalogException(origin, [$"line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}: this is not JSON. {Reason(e)}"]);
        }
    }

    /// <summary>The merged catalog of checked parts.</summary>
    /// <exception cref="CatalogException">A provider has no dialect, in none of them.</exception>
    public static CatalogFile Bind(CatalogLayer layer, string origin)
    {
        var without = layer.Providers.Where(p => p.Value is not null && p.Value["dialect"] is null)
            .Select(p => $"providers.{p.Key}.dialect: is missing").ToList();
        if (without.Count > 0)
            throw new CatalogException(origin, without);
        var root = new JsonObject
        {
            [CatalogLayer.ProvidersMember] = new JsonObject(
                layer.Providers.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)WithoutNulls(p.Value!)))),
            [CatalogLayer.ModelsMember] = new JsonArray([.. layer.Models.Select(m => WithoutNulls(m.Model))]),
        };
        foreach (var (name, value) in layer.Others)
        {
            if (value is not null)
                root[name] = WithoutNulls(value);
        }

        return root.Deserialize(CatalogJson.Default.CatalogFile)! with { Default = false };
    }

    /// <summary>The members of an object as they are written in a catalog.</summary>
    internal static JsonTypeInfo TypeOf(Type type) => CatalogJson.Default.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type)!;

    private static void Check(JsonElement value, JsonTypeInfo type, string path, bool isMember, Mistakes mistakes)
    {
        // A null says that there is nothing: of a member. What it takes away is for the one who merges.
        if (isMember && value.ValueKind == JsonValueKind.Null)
            return;
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(value, type, path, mistakes);
                break;
            case JsonTypeInfoKind.Dictionary:
                if (!Is(value, JsonValueKind.Object, "an object", path, mistakes))
                    return;
                foreach (var member in Members(value, path, mistakes))
                    Check(member.Value, TypeOf(type.ElementType!), $"{path}.{member.Name}", isMember: type.ElementType == typeof(ProviderEntry), mistakes);
                break;
            case JsonTypeInfoKind.Enumerable:
                if (!Is(value, JsonValueKind.Array, "a list in [ ]", path, mistakes))
                    return;
                var i = 0;
                foreach (var item in value.EnumerateArray())
                    Check(item, TypeOf(type.ElementType!), $"{path}[{i++}]", isMember: false, mistakes);
                break;
            default:
                if (Expected(value, type.Type) is { } expected)
                    mistakes.Kinds.Add($"{path}: should be {expected}, not {Shown(value)}");
                break;
        }
    }

    private static void CheckObject(JsonElement value, JsonTypeInfo type, string path, Mistakes mistakes)
    {
        if (!Is(value, JsonValueKind.Object, "an object in { }", path, mistakes))
            return;
        foreach (var member in Members(value, path, mistakes))
        {
            var at = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (type.Properties.FirstOrDefault(p => p.Name == member.Name && !IsHidden(p)) is { } known)
                Check(member.Value, TypeOf(known.PropertyType), at, isMember: true, mistakes);
            else
                mistakes.Names.Add($"{at}: there is no such member; one of {string.Join(", ", type.Properties.Where(p => !IsHidden(p)).Select(p => p.Name))}");
        }

        // What a merge may bring is looked for after it; a model is matched by its id.
        foreach (var needed in type.Properties.Where(p => p.IsRequired && (type.Type != typeof(ProviderEntry))))
        {
            if (!value.TryGetProperty(needed.Name, out var given) || given.ValueKind == JsonValueKind.Null)
                mistakes.Kinds.Add($"{path}.{needed.Name}: is missing");
        }
    }

    private static IEnumerable<JsonProperty> Members(JsonElement value, string path, Mistakes mistakes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (seen.Add(member.Name))
                yield return member;
            else
                mistakes.Kinds.Add($"{(path.Length == 0 ? "" : path + ".")}{member.Name}: stands there twice");
        }
    }

    private static bool Is(JsonElement value, JsonValueKind kind, string what, string path, Mistakes mistakes)
    {
        if (value.ValueKind == kind)
            return true;
        mistakes.Kinds.Add($"{(path.Length == 0 ? "" : path + ": ")}should be {what}, not {Shown(value)}");
        return false;
    }

    /// <summary>Null where it is.</summary>
    private static string? Expected(JsonElement value, Type type)
    {
        var number = value.ValueKind == JsonValueKind.Number;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (type == typeof(string))
            return text is null ? "a text in quotes" : null;
        if (type == typeof(bool))
            return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false";
        if (type == typeof(int))
            return number && value.TryGetInt32(out _) ? null : "a whole number";
        if (type == typeof(long))
            return number && value.TryGetInt64(out _) ? null : "a whole number";
        if (type == typeof(decimal))
            return number && value.TryGetDecimal(out _) ? null : "a number";
        if (type == typeof(DateOnly))
            return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? null : "a day such as \"2026-11-29\"";
        return text is not null && value.TryGetDateTimeOffset(out _) ? null : "a time such as \"2026-11-29T00:00:00Z\"";
    }

    private static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => value.GetRawText() is { Length: <= 40 } all ? all : value.GetRawText()[..40] + "…",
    };

    private static bool IsHidden(JsonPropertyInfo member) => member is { Get: null, Set: null };

    /// <summary>The parser's own sentence, without its places, which count from 0.</summary>
    private static string Reason(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }

    private static JsonNode WithoutNulls(JsonNode node)
    {
        switch (node)
        {
            case JsonObject members:
                return new JsonObject(members.Where(m => m.Value is not null).Select(m => KeyValuePair.Create(m.Key, (JsonNode?)WithoutNulls(m.Value!))));
            case JsonArray items:
                return new JsonArray([.. items.Where(i => i is not null).Select(i => WithoutNulls(i!))]);
            default:
                return node.DeepClone();
        }
    }

    private readonly record struct Mistakes(List<string> Names, List<string> Kinds);
}
