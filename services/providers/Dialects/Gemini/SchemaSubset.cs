using System.Text.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>
/// A JSON schema in the subset of OpenAPI 3.0 that Google's <c>Schema</c> is, for API versions that take nothing else (rule E99). What it
/// can't say is left out, so that the model is held to less and never to something else. https://ai.google.dev/api/caching#Schema
/// </summary>
internal sealed class SchemaSubset
{
    /// <summary>A schema that refers to itself has no end: so many references deep, a text is asked for.</summary>
    private const int MaxReferences = 4;

    /// <summary>A few lines of references to references can stand for any number of schemas.</summary>
    private const int MaxSchemas = 5_000;

    private static readonly HashSet<string> Kept =
    [
        "title", "description", "default", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties", "maxProperties",
    ];

    /// <summary>Written in another form, or of no effect on what is valid.</summary>
    private static readonly HashSet<string> Handled =
    [
        "type", "properties", "required", "items", "anyOf", "oneOf", "allOf", "enum", "const", "format", "nullable", "$ref", "$defs", "definitions",
        "$schema", "$id", "$comment", "examples", "exclusiveMinimum", "exclusiveMaximum", "propertyOrdering",
    ];

    private static readonly HashSet<string> Formats = ["enum", "date-time", "float", "double", "int32", "int64"];

    private readonly Utf8JsonWriter _json;
    private readonly JsonElement _root;
    private int _schemas;
    private bool _lost;

    private SchemaSubset(Utf8JsonWriter json, JsonElement root)
    {
        _json = json;
        _root = root;
    }

    public static bool HasProperties(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object
        && (schema.TryGetProperty("$ref"u8, out _)
            || schema.TryGetProperty("anyOf"u8, out _) || schema.TryGetProperty("oneOf"u8, out _) || schema.TryGetProperty("allOf"u8, out _)
            || (Properties(schema) is { ValueKind: JsonValueKind.Object } properties && properties.EnumerateObject().Any()));

    private static JsonElement Properties(JsonElement schema) => schema.TryGetProperty("properties"u8, out var properties) ? properties : default;

    /// <summary>False where something had to be left out that says what is valid.</summary>
    public static bool Write(Utf8JsonWriter json, JsonElement schema)
    {
        var subset = new SchemaSubset(json, schema);
        subset.Write(schema, 0);
        return !subset._lost;
    }

    private void Write(JsonElement schema, int depth)
    {
        var parts = new List<JsonElement>();
        depth = Collect(schema, parts, depth);
        _json.WriteStartObject();
        var (types, isNull) = Types(parts);
        var branches = Branches(parts, out var orNull);
        if (types.Count == 0 && branches.Count == 0)
            types.Add(Guess(parts));
        if (types.Count == 1)
            _json.WriteString("type"u8, types[0]);
        if (isNull || orNull)
            _json.WriteBoolean("nullable"u8, true);
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in parts.SelectMany(p => p.EnumerateObject()))
        {
            if (Kept.Contains(member.Name) && written.Add(member.Name))
                WriteMember(member);
            else if (!Kept.Contains(member.Name) && !Handled.Contains(member.Name))
                _lost = true;
        }

        WriteBounds(parts, types, written);
        WriteFormat(parts);
        WriteEnum(parts);
        if (types.Count > 1)
            WriteTypes(types);
        else
            WriteBranches(branches, depth);
        WriteProperties(parts, depth);
        WriteItems(parts, types, depth);
        _json.WriteEndObject();
    }

    private void WriteMember(JsonProperty member)
    {
        _json.WritePropertyName(member.Name);
        _json.WriteRaw(member.Value);
    }

    /// <summary>The schema with what it refers to and all it has to satisfy at once. Returns how many references led there.</summary>
    private int Collect(JsonElement schema, List<JsonElement> parts, int depth)
    {
        var most = depth;
        if (schema.ValueKind != JsonValueKind.Object || ++_schemas > MaxSchemas)
        {
            _lost |= schema.ValueKind is JsonValueKind.Object or JsonValueKind.False;
            return depth;
        }

        parts.Add(schema);
        if (schema.TryGetProperty("$ref"u8, out var reference))
        {
            if (depth < MaxReferences && Resolve(reference) is { } target)
                most = Collect(target, parts, depth + 1);
            else
                _lost = true;
        }

        foreach (var part in Items(schema, "allOf"))
            most = Math.Max(most, Collect(part, parts, depth));
        return most;
    }

    /// <summary>Only references into the schema itself; nothing is fetched.</summary>
    private JsonElement? Resolve(JsonElement reference)
    {
        if (reference.ValueKind != JsonValueKind.String || JsonText.Read(reference) is not ['#', .. var pointer])
            return null;
        var at = _root;
        foreach (var step in pointer.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
                return null;
        }

        return at;
    }

    private static (List<string> Types, bool IsNull) Types(List<JsonElement> parts)
    {
        var types = new List<string>();
        foreach (var part in parts)
        {
            if (!part.TryGetProperty("type"u8, out var type))
                continue;
            types.AddRange(type.ValueKind == JsonValueKind.Array
                ? type.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(t => t.GetString()!)
                : type.ValueKind == JsonValueKind.String ? [type.GetString()!] : []);
            break;
        }

        return (types, types.Remove("null"));
    }

    private static string Guess(List<JsonElement> parts)
    {
        if (parts.Exists(p => p.TryGetProperty("properties"u8, out _)))
            return "object";
        if (parts.Exists(p => p.TryGetProperty("items"u8, out _)))
            return "array";
        return parts.SelectMany(Values).FirstOrDefault().ValueKind switch
        {
            JsonValueKind.Number => "number",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            _ => "string",
        };
    }

    private static IEnumerable<JsonElement> Values(JsonElement schema) =>
        schema.TryGetProperty("const"u8, out var constant) ? [constant] : Items(schema, "enum");

    private static List<JsonElement> Branches(List<JsonElement> parts, out bool orNull)
    {
        var branches = parts.SelectMany(p => Items(p, "anyOf").Concat(Items(p, "oneOf"))).ToList();
        orNull = branches.RemoveAll(IsNullType) > 0;
        return branches;
    }

    private static bool IsNullType(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object
        && schema.TryGetProperty("type"u8, out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("null"u8);

    private static JsonElement.ArrayEnumerator Items(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

    private void WriteBounds(List<JsonElement> parts, List<string> types, HashSet<string> written)
    {
        foreach (var (name, plain, step) in ((string, string, int)[])[("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)])
        {
            foreach (var part in parts)
            {
                if (!part.TryGetProperty(name, out var bound))
                    continue;
                if (types is ["integer"] && bound.ValueKind == JsonValueKind.Number && bound.TryGetInt64(out var number) && written.Add(plain))
                    _json.WriteNumber(plain, number + step);
                else
                    _lost = true;
            }
        }
    }

    private void WriteFormat(List<JsonElement> parts)
    {
        foreach (var part in parts)
        {
            if (!part.TryGetProperty("format"u8, out var format) || format.ValueKind != JsonValueKind.String)
                continue;
            if (!Formats.Contains(format.GetString()!))
            {
                _lost = true;
                continue;
            }

            _json.WriteString("format"u8, format.GetString());
            return;
        }
    }

    /// <summary>Only texts can be enumerated.</summary>
    private void WriteEnum(List<JsonElement> parts)
    {
        foreach (var part in parts)
        {
            var values = Values(part).ToList();
            if (values.Count == 0)
                continue;
            if (values.Exists(v => v.ValueKind != JsonValueKind.String))
            {
                _lost = true;
                continue;
            }

            _json.WriteStartArray("enum"u8);
            foreach (var value in values)
                _json.WriteRaw(value);
            _json.WriteEndArray();
            return;
        }
    }

    private void WriteTypes(List<string> types)
    {
        _json.WriteStartArray("anyOf"u8);
        foreach (var type in types)
        {
            _json.WriteStartObject();
            _json.WriteString("type"u8, type);
            if (type == "array")
                WriteAnyItems();
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteBranches(List<JsonElement> branches, int depth)
    {
        if (branches.Count == 0)
            return;
        _json.WriteStartArray("anyOf"u8);
        foreach (var branch in branches)
            Write(branch, depth);
        _json.WriteEndArray();
    }

    private void WriteProperties(List<JsonElement> parts, int depth)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var members = parts.Select(Properties)
            .Where(p => p.ValueKind == JsonValueKind.Object)
            .SelectMany(p => p.EnumerateObject())
            .Where(m => names.Add(m.Name)).ToList();
        if (members.Count == 0)
            return;
        _json.WriteStartObject("properties"u8);
        foreach (var member in members)
        {
            _json.WritePropertyName(member.Name);
            Write(member.Value, depth);
        }

        _json.WriteEndObject();
        // A required property that is not described is refused.
        var required = parts.SelectMany(p => Items(p, "required"))
            .Where(r => r.ValueKind == JsonValueKind.String).Select(r => r.GetString()!).Distinct(StringComparer.Ordinal)
            .Where(names.Contains).ToList();
        if (required.Count == 0)
            return;
        _json.WriteStartArray("required"u8);
        foreach (var name in required)
            _json.WriteStringValue(name);
        _json.WriteEndArray();
    }

    /// <summary>An array has to say what it is of.</summary>
    private void WriteItems(List<JsonElement> parts, List<string> types, int depth)
    {
        if (types is not ["array"])
            return;
        var items = parts
            .Select(p => p.TryGetProperty("items"u8, out var all) ? all : default)
            .FirstOrDefault(i => i.ValueKind == JsonValueKind.Object);
        if (items.ValueKind != JsonValueKind.Object)
        {
            WriteAnyItems();
            return;
        }

        _json.WritePropertyName("items"u8);
        Write(items, depth);
    }

    private void WriteAnyItems()
    {
        _json.WriteStartObject("items"u8);
        _json.WriteString("type"u8, "string"u8);
        _json.WriteEndObject();
    }
}
