using System.Text;
using System.Text.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>What Anthropic's server tools did in an earlier turn, as text for a provider that has no such tools (rule E68).</summary>
internal static class ServerToolNote
{
    private static readonly HashSet<string> Shown = ["title", "url", "text", "stdout", "stderr", "return_code", "error_code", "tool_name", "retrieved_at"];

    public static string Of(ContentBlock.ServerTool block)
    {
        var note = new StringBuilder();
        var raw = block.Raw.Parse();
        if (block.Type is "server_tool_use" or "mcp_tool_use")
        {
            var name = raw.TryGetProperty("name", out var n) && n.ValueKind == JsonValueKind.String ? JsonText.Read(n) : "a tool";
            var input = raw.TryGetProperty("input", out var i) ? JsonText.Read(i) : "{}";
            return $"[Called {name} with {input}]";
        }

        note.Append('[').Append(block.Type).Append(']');
        if (raw.TryGetProperty("content", out var content))
            Collect(content, note);
        return note.ToString();
    }

    /// <summary>The readable members; encrypted content and ids say nothing to another model.</summary>
    private static void Collect(JsonElement element, StringBuilder note)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    Collect(item, note);
                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    if (member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                        Collect(member.Value, note);
                    else if (Shown.Contains(member.Name) && member.Value.ValueKind != JsonValueKind.Null)
                        note.Append('\n').Append(member.Name).Append(": ").Append(JsonText.Read(member.Value));
                }

                break;
        }
    }
}
