using System.Text.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects;

/// <summary>
/// The last pass over a schema, at every depth: what JSON Schema and Anthropic allow and other providers refuse the whole request for
/// (rule E98). A schema that needs nothing goes as its own bytes, and is not taken apart to find that out.
/// </summary>
internal readonly struct SchemaRules
{
    /// <summary>Members that hold schemas by name.</summary>
    private static readonly string[] Named = ["properties", "$defs", "definitions", "patternProperties", "dependentSchemas"];

    /// <summary>Members that are a list of schemas.</summary>
    private static readonly string[] Listed = ["anyOf", "oneOf", "allOf", "prefixItems"];

    /// <summary>Members that are a schema.</summary>
    private static readonly string[] Single = ["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"];

    /// <summary>What OpenAI does not take at the top of a tool's schema, which has to be an object's.</summary>
    private static readonly string[] NotAtTop = ["anyOf", "oneOf", "allOf", "enum", "const", "not"];

    private readonly Utf8JsonWriter _json;
    private readonly bool _typesInBranches;

    private SchemaRules(Utf8JsonWriter json, bool typesInBranches)
    {
        _json = json;
        _typesInBranches = typesInBranches;
    }

    /// <summary>A tool's schema: an object with properties, whatever it was.</summary>
    /// <param name="plainTop">Nothing but an object's own members may be at its top, so choices between several objects become one.</param>
    /// <returns>False where something had to be left out that says what is valid.</returns>
    public static bool WriteTool(Utf8JsonWriter json, RawValue schema, ProviderCall call, bool plainTop)
    {
        var rules = new SchemaRules(json, call.Has(Quirk.TypesInBranches));
        if (IsPlainObject(schema, plainTop) && rules.Fits(schema.Span))
        {
            json.WriteRaw(schema);
            return true;
        }

        return rules.WriteTop(schema.Kind == JsonValueKind.Object ? schema.Parse() : JsonElement.Parse("{}"u8), plainTop);
    }

    /// <summary>A schema of the answer.</summary>
    public static void Write(Utf8JsonWriter json, RawValue schema, ProviderCall call)
    {
        var rules = new SchemaRules(json, call.Has(Quirk.TypesInBranches));
        if (rules.Fits(schema.Span))
            json.WriteRaw(schema);
        else
            rules.Write(schema.Parse(), default);
    }

    private static bool IsPlainObject(RawValue schema, bool plainTop)
    {
        var (typed, propertied) = (false, false);
        var cursor = new JsonCursor(schema.Span);
        if (schema.IsAbsent || !cursor.Enter('{'))
            return false;
        while (cursor.Member(out var name))
        {
            typed |= name.SequenceEqual("type"u8);
            propertied |= name.SequenceEqual("properties"u8) || name.SequenceEqual("$ref"u8);
            if (plainTop && Is(name, NotAtTop))
                return false;
            cursor.Skip();
        }

        return typed && propertied;
    }

    /// <summary>Whether a schema can go as it is.</summary>
    private bool Fits(ReadOnlySpan<byte> schema)
    {
        if (schema.Length == 0 || schema[0] != '{')
            return schema.Length > 0 && schema[0] != 't';
        var (isArray, hasItems, typed, chooses, enumerates) = (false, false, false, false, false);
        var cursor = new JsonCursor(schema);
        cursor.Enter('{');
        while (cursor.Member(out var name))
        {
            var value = cursor.Value();
            if (name.SequenceEqual("type"u8))
            {
                typed = true;
                isArray = value.SequenceEqual("\"array\""u8) || (value[0] == '[' && value.IndexOf("\"array\""u8) >= 0);
            }
            else if (name.SequenceEqual("enum"u8))
            {
                enumerates = true;
                if (!new JsonItems(value, all: true).MoveNext())
                    return false;
            }
            else if (name.SequenceEqual("$ref"u8) || name.SequenceEqual("definitions"u8))
            {
                if (_typesInBranches && (name[0] == 'd' || value.StartsWith("\"#/definitions/"u8)))
                    return false;
            }

            chooses |= name.SequenceEqual("anyOf"u8) || name.SequenceEqual("oneOf"u8);
            hasItems |= name.SequenceEqual("items"u8);
            if (!PartsFit(name, value))
                return false;
        }

        return (hasItems || !isArray) && !(_typesInBranches && ((typed && chooses) || (enumerates && !typed)));
    }

    private bool PartsFit(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Is(name, Single))
            return name.SequenceEqual("items"u8) ? Fits(value) && value[0] != '[' : value[0] != '{' || Fits(value);
        if (Is(name, Listed))
        {
            foreach (var item in new JsonItems(value))
            {
                if (!Fits(item))
                    return false;
            }
        }
        else if (Is(name, Named) && value[0] == '{')
        {
            var members = new JsonCursor(value);
            members.Enter('{');
            while (members.Member(out _))
            {
                if (!Fits(members.Value()))
                    return false;
            }
        }

        return true;
    }

    private static bool Is(ReadOnlySpan<byte> name, string[] names)
    {
        foreach (var known in names)
        {
            if (System.Text.Ascii.Equals(name, known))
                return true;
        }

        return false;
    }

    private bool WriteTop(JsonElement schema, bool plainTop)
    {
        var choices = plainTop ? NotAtTop.Where(n => schema.TryGetProperty(n, out _)).ToList() : [];
        var parts = new List<JsonElement> { schema };
        var required = Texts(schema, "required").ToList();
        foreach (var choice in choices.Where(c => c is "anyOf" or "oneOf" or "allOf"))
        {
            var branches = Items(schema, choice).Select(b => Resolve(schema, b)).Where(b => b.ValueKind == JsonValueKind.Object).ToList();
            parts.AddRange(branches);
            var lists = branches.Select(b => Texts(b, "required"));
            required.AddRange(choice == "allOf"
                ? lists.SelectMany(l => l)
                : lists.Aggregate((IEnumerable<string>?)null, (all, l) => all?.Intersect(l) ?? l) ?? []);
        }

        _json.WriteStartObject();
        if (choices.Count > 0 || !schema.TryGetProperty("type"u8, out _))
            _json.WriteString("type"u8, "object"u8);
        foreach (var member in schema.EnumerateObject())
        {
            if (!choices.Contains(member.Name) && !(choices.Count > 0 && member.Name is "type" or "properties" or "required"))
                WriteMember(member);
        }

        if (choices.Count > 0 || !(schema.TryGetProperty("properties"u8, out _) || schema.TryGetProperty("$ref"u8, out _)))
            WriteProperties(parts, choices.Count > 0 ? required : []);
        _json.WriteEndObject();
        return choices.TrueForAll(c => c == "allOf");
    }

    /// <summary>The properties of all parts; one that several describe may be what any of them says.</summary>
    private void WriteProperties(List<JsonElement> parts, List<string> required)
    {
        var properties = parts
            .Where(p => p.TryGetProperty("properties"u8, out var all) && all.ValueKind == JsonValueKind.Object)
            .SelectMany(p => p.GetProperty("properties"u8).EnumerateObject())
            .GroupBy(p => p.Name, StringComparer.Ordinal);
        _json.WriteStartObject("properties"u8);
        foreach (var property in properties)
        {
            _json.WritePropertyName(property.Key);
            var forms = property.Select(p => p.Value).DistinctBy(v => v.GetRawText()).ToList();
            if (forms.Count == 1)
            {
                Write(forms[0], default);
                continue;
            }

            _json.WriteStartObject();
            _json.WriteStartArray("anyOf"u8);
            foreach (var form in forms)
                Write(form, default);
            _json.WriteEndArray();
            _json.WriteEndObject();
        }

        _json.WriteEndObject();
        if (required.Count == 0)
            return;
        _json.WriteStartArray("required"u8);
        foreach (var name in required.Distinct(StringComparer.Ordinal))
            _json.WriteStringValue(name);
        _json.WriteEndArray();
    }

    /// <summary>What a branch refers to, if that is in the schema itself.</summary>
    private static JsonElement Resolve(JsonElement root, JsonElement branch)
    {
        if (branch.ValueKind != JsonValueKind.Object || !branch.TryGetProperty("$ref"u8, out var reference) || reference.ValueKind != JsonValueKind.String)
            return branch;
        var at = root;
        foreach (var step in JsonText.Read(reference).TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(step, out at))
                return branch;
        }

        return at;
    }

    /// <param name="type">The type that the schema around it had for all its branches; undefined where it had none.</param>
    private void Write(JsonElement schema, JsonElement type)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            if (schema.ValueKind == JsonValueKind.True)
                WriteEmpty();
            else
                _json.WriteRaw(schema);
            return;
        }

        var own = schema.TryGetProperty("type"u8, out var given) ? given : type;
        var moves = _typesInBranches && (schema.TryGetProperty("anyOf"u8, out _) || schema.TryGetProperty("oneOf"u8, out _));
        _json.WriteStartObject();
        if (!moves && given.ValueKind == JsonValueKind.Undefined)
            WriteType(schema, own);
        foreach (var member in schema.EnumerateObject())
        {
            if (member.Name == "type" && moves)
                continue;
            if (member.Name == "enum" && !Items(schema, "enum").Any())
                continue;
            if (moves && member.Name is "anyOf" or "oneOf")
                WriteList(member, own);
            else
                WriteMember(member);
        }

        if (IsArray(own) && !moves && !schema.TryGetProperty("items"u8, out _))
        {
            _json.WritePropertyName("items"u8);
            WriteEmpty();
        }

        _json.WriteEndObject();
    }

    /// <summary>For a schema that has none: the one it got from around it, or that of what it enumerates.</summary>
    private void WriteType(JsonElement schema, JsonElement inherited)
    {
        if (inherited.ValueKind != JsonValueKind.Undefined && !schema.TryGetProperty("$ref"u8, out _))
        {
            _json.WritePropertyName("type"u8);
            _json.WriteRaw(inherited);
            return;
        }

        var types = _typesInBranches ? Items(schema, "enum").Select(TypeOf).Distinct(StringComparer.Ordinal).ToList() : [];
        if (types.Count == 1)
        {
            _json.WriteString("type"u8, types[0]);
        }
        else if (types.Count > 1)
        {
            _json.WriteStartArray("type"u8);
            foreach (var type in types)
                _json.WriteStringValue(type);
            _json.WriteEndArray();
        }
    }

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        _ => "string",
    };

    private void WriteMember(JsonProperty member)
    {
        _json.WritePropertyName(_typesInBranches && member.Name == "definitions" ? "$defs" : member.Name);
        switch (member.Value.ValueKind)
        {
            case JsonValueKind.Array when Listed.Contains(member.Name):
                WriteItems(member.Value, default);
                break;
            case JsonValueKind.Array when member.Name == "items":
                // A schema for each place is a choice for all of them: only JSON Schema's older versions know places.
                _json.WriteStartObject();
                _json.WritePropertyName("anyOf"u8);
                WriteItems(member.Value, default);
                _json.WriteEndObject();
                break;
            case JsonValueKind.Object when Named.Contains(member.Name):
                _json.WriteStartObject();
                foreach (var named in member.Value.EnumerateObject())
                {
                    _json.WritePropertyName(named.Name);
                    Write(named.Value, default);
                }

                _json.WriteEndObject();
                break;
            case JsonValueKind.Object or JsonValueKind.True when member.Name == "items":
            case JsonValueKind.Object when Single.Contains(member.Name):
                Write(member.Value, default);
                break;
            case JsonValueKind.String when _typesInBranches && member.Name == "$ref":
                _json.WriteStringValue(JsonText.Read(member.Value).Replace("#/definitions/", "#/$defs/", StringComparison.Ordinal));
                break;
            default:
                _json.WriteRaw(member.Value);
                break;
        }
    }

    private void WriteList(JsonProperty member, JsonElement type)
    {
        _json.WritePropertyName(member.Name);
        if (member.Value.ValueKind == JsonValueKind.Array)
            WriteItems(member.Value, type);
        else
            _json.WriteRaw(member.Value);
    }

    private void WriteItems(JsonElement list, JsonElement type)
    {
        _json.WriteStartArray();
        foreach (var item in list.EnumerateArray())
            Write(item, type);
        _json.WriteEndArray();
    }

    private void WriteEmpty()
    {
        _json.WriteStartObject();
        _json.WriteEndObject();
    }

    private static bool IsArray(JsonElement type) => type.ValueKind switch
    {
        JsonValueKind.String => type.ValueEquals("array"u8),
        JsonValueKind.Array => type.EnumerateArray().Any(t => t.ValueKind == JsonValueKind.String && t.ValueEquals("array"u8)),
        _ => false,
    };

    private static JsonElement.ArrayEnumerator Items(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

    private static IEnumerable<string> Texts(JsonElement owner, string name) =>
        Items(owner, name).Where(i => i.ValueKind == JsonValueKind.String).Select(JsonText.Read);
}
