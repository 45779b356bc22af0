using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Requests;

/// <summary>
/// Writes a request for an endpoint that does not know all of the Messages API: without what it does not know, or with it said in the older
/// way. Everything else goes as its own bytes.
/// </summary>
internal sealed class NativeRewrite
{
    private readonly Utf8JsonWriter _json;
    private readonly IReadOnlySet<string> _without;
    private readonly SortedSet<string> _dropped = new(StringComparer.Ordinal);

    private NativeRewrite(Utf8JsonWriter json, IReadOnlySet<string> without)
    {
        _json = json;
        _without = without;
    }

    /// <param name="body">A request that the envelope's reader has found valid.</param>
    /// <returns>The names of what the endpoint is not told.</returns>
    public static IReadOnlyList<string> Write(ReadOnlyMemory<byte> body, IReadOnlySet<string> without, IBufferWriter<byte> output)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
            body = body[3..];
        using var document = JsonDocument.Parse(body, GatewayJson.DocumentOptions);
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        var rewrite = new NativeRewrite(json, without);
        rewrite.WriteRequest(document.RootElement);
        return [.. rewrite._dropped];
    }

    private void WriteRequest(JsonElement root)
    {
        var tools = root.TryGetProperty("tools"u8, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToList() : [];
        var loaded = new HashSet<string>(StringComparer.Ordinal);
        if (_without.Contains(NativeExtras.ToolChanges))
            tools = Changed(tools, root.GetProperty("messages"u8), loaded);
        _json.WriteStartObject();
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name == "tools" || (member.Name == "tool_choice" && tools.Count == 0))
                continue;
            if (_without.Contains(member.Name) && NativeExtras.IsField(member.Name))
            {
                _dropped.Add(member.Name);
                continue;
            }

            _json.WritePropertyName(member.Name);
            if (member.Name == "messages" && member.Value.ValueKind == JsonValueKind.Array)
                WriteMessages(member.Value);
            else if (member.Name is "system" or "output_config" or "cache_control")
                Write(member.Value, member.Name);
            else
                WriteRaw(member.Value);
        }

        if (tools.Count > 0)
            WriteTools(tools, loaded);
        _json.WriteEndObject();
    }

    /// <summary>The tools that are offered in the end.</summary>
    private static List<JsonElement> Changed(List<JsonElement> tools, JsonElement messages, HashSet<string> loaded)
    {
        var offered = tools.Select(t => (Name: NameOf(t), Tool: t)).ToList();
        var known = offered.ToLookup(t => t.Name, t => t.Tool);
        foreach (var block in messages.EnumerateArray().SelectMany(m => Items(m, "content")))
        {
            var type = Text(block, "type");
            if (type is not ("tool_addition" or "tool_removal") || !block.TryGetProperty("tool"u8, out var tool) || tool.ValueKind != JsonValueKind.Object)
                continue;
            var definition = tool.TryGetProperty("definition"u8, out var given) ? given : default;
            var name = definition.ValueKind == JsonValueKind.Object ? NameOf(definition) : NameOf(tool);
            var before = offered.FindIndex(t => t.Name == name);
            if (type == "tool_addition" && before < 0 && (definition.ValueKind == JsonValueKind.Object || known.Contains(name)))
                offered.Add((name, definition.ValueKind == JsonValueKind.Object ? definition : known[name].First()));
            else if (type == "tool_removal" && before >= 0)
                offered.RemoveAt(before);
            else if (before >= 0 && definition.ValueKind == JsonValueKind.Object)
                offered[before] = (name, definition);
            if (type == "tool_addition")
                loaded.Add(name);
        }

        return [.. offered.Select(t => t.Tool)];
    }

    private void WriteTools(List<JsonElement> tools, HashSet<string> loaded)
    {
        _json.WriteStartArray("tools"u8);
        foreach (var tool in tools)
        {
            if (tool.ValueKind != JsonValueKind.Object)
            {
                WriteRaw(tool);
                continue;
            }

            _json.WriteStartObject();
            foreach (var member in tool.EnumerateObject())
            {
                if (member.Name == "defer_loading" && loaded.Contains(NameOf(tool)))
                    continue;
                if (NativeExtras.IsOfTool(member.Name) && _without.Contains(member.Name))
                    _dropped.Add($"tools.{member.Name}");
                else
                    WriteMember(member, clean: member.Name == "cache_control");
            }

            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteMessages(JsonElement messages)
    {
        var all = messages.EnumerateArray().ToList();
        var lastUser = all.FindLastIndex(m => Text(m, "role") == "user");
        _json.WriteStartArray();
        for (var i = 0; i < all.Count; i++)
        {
            var system = Text(all[i], "role") == "system";
            var over = system && i < lastUser && Text(all[i], "clear_at") == "next_user_message" && (_without.Contains("clear_at") || Speaks);
            if (!system)
                WriteMessage(all[i], null);
            else if (!over && (!all[i].TryGetProperty("content"u8, out var content) || content.ValueKind != JsonValueKind.Array
                || Items(all[i], "content").Any(Stays) || content.GetArrayLength() == 0))
                WriteMessage(all[i], Speaks ? "user" : null);
        }

        _json.WriteEndArray();
    }

    /// <summary>System messages speak as the user.</summary>
    private bool Speaks => _without.Contains(NativeExtras.SystemMessages);

    private void WriteMessage(JsonElement message, string? role)
    {
        _json.WriteStartObject();
        foreach (var member in message.EnumerateObject())
        {
            if (member.Name == "clear_at" && (_without.Contains("clear_at") || role is not null))
                continue;
            if (role is not null && member.Name == "role")
                _json.WriteString("role"u8, role);
            else if (member.Name == "content" && member.Value.ValueKind == JsonValueKind.Array)
                WriteContent(member.Value, asUser: role is not null);
            else if (member.Name == "content" && role is not null && member.Value.ValueKind == JsonValueKind.String)
                _json.WriteString("content"u8, AsUser(member.Value));
            else
                WriteMember(member, clean: member.Name == "output_config");
        }

        _json.WriteEndObject();
    }

    private void WriteContent(JsonElement content, bool asUser)
    {
        _json.WriteStartArray("content"u8);
        foreach (var block in content.EnumerateArray().Where(Stays))
        {
            if (!asUser || Text(block, "type") != "text")
            {
                Write(block, "content");
                continue;
            }

            _json.WriteStartObject();
            foreach (var member in block.EnumerateObject())
            {
                if (member.Name == "text" && member.Value.ValueKind == JsonValueKind.String)
                    _json.WriteString("text"u8, AsUser(member.Value));
                else
                    WriteMember(member, clean: true);
            }

            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private static string AsUser(JsonElement text) => $"<system>\n{text.GetString()}\n</system>";

    private bool Stays(JsonElement block) =>
        !_without.Contains(NativeExtras.ToolChanges) || Text(block, "type") is not ("tool_addition" or "tool_removal");

    private void WriteMember(JsonProperty member, bool clean)
    {
        _json.WritePropertyName(member.Name);
        if (clean)
            Write(member.Value, member.Name);
        else
            WriteRaw(member.Value);
    }

    /// <summary>A value without the members of cache marks and settings that are left out, wherever they are in it.</summary>
    private void Write(JsonElement value, string owner)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                _json.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    Write(item, owner);
                _json.WriteEndArray();
                break;
            case JsonValueKind.Object:
                _json.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    if (_without.Contains(member.Name) && IsSetting(owner, member.Name))
                        _dropped.Add($"{owner}.{member.Name}");
                    else
                        WriteMember(member, clean: member.Name is not ("input" or "source"));
                }

                _json.WriteEndObject();
                break;
            default:
                WriteRaw(value);
                break;
        }
    }

    private static bool IsSetting(string owner, string name) =>
        (owner == "cache_control" && name is "scope" or "ttl") || (owner == "output_config" && name == "effort");

    private void WriteRaw(JsonElement value) =>
        _json.WriteRawValue(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    private static string NameOf(JsonElement tool) => Text(tool, "name") ?? "";

    private static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : default;
}
