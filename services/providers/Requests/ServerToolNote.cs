using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Gateway.Providers.Answers;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>
/// What Anthropic's server tools did in an earlier turn, in words, for a provider that has no such tools (rule E68). The names of blocks and
/// tools are nothing to another model, which would begin to write them itself.
/// </summary>
internal static class ServerToolNote
{
    /// <summary>The members of a result that say something; encrypted content and ids don't.</summary>
    private static readonly Dictionary<string, string> Shown = new(StringComparer.Ordinal)
    {
        ["title"] = "",
        ["url"] = "",
        ["text"] = "",
        ["content"] = "",
        ["tool_name"] = "",
        ["name"] = "",
        ["stdout"] = "",
        ["stderr"] = "It wrote as errors: ",
        ["return_code"] = "It ended with code ",
        ["data"] = "",
    };

    /// <summary>Calls go together with their results, so that one sentence can say both.</summary>
    public static List<InputMessage> Join(List<InputMessage> messages)
    {
        var blocks = messages.SelectMany(m => m.Content).OfType<ContentBlock.ServerTool>().ToList();
        var calls = blocks.Where(b => IsCall(b) && Member(b, "id") is not null).ToLookup(b => Member(b, "id")!);
        var answered = blocks.Where(b => !IsCall(b)).Select(b => Member(b, "tool_use_id")).ToHashSet();
        return [.. messages.Select(m => m with { Content = [.. m.Content.Select(Joined).OfType<ContentBlock>()] }).Where(m => m.Content.Count > 0)];

        ContentBlock? Joined(ContentBlock block) => block switch
        {
            ContentBlock.ServerTool call when IsCall(call) => answered.Contains(Member(call, "id")) ? null : call,
            ContentBlock.ServerTool result when Member(result, "tool_use_id") is { } id => result with { Call = calls[id].FirstOrDefault() },
            _ => block,
        };
    }

    public static string Of(ContentBlock.ServerTool block)
    {
        if (IsCall(block))
            return $"{What(block, block)}.";
        var what = What(block.Call ?? block, block);
        var verb = what.Contains("earch", StringComparison.Ordinal) ? "found" : "gave";
        var raw = block.Raw.Parse();
        if (!raw.TryGetProperty("content"u8, out var content))
            return $"{what}.";
        if (Error(content) is { } error)
            return $"{what} failed: {error.Replace('_', ' ')}.";
        var found = new List<string>();
        Collect(content, found);
        return found.Count == 0 ? $"{what} {verb} nothing." : $"{what} {verb}: {string.Join('\n', found)}";
    }

    internal static bool IsCall(ContentBlock.ServerTool block) => block.Type is "server_tool_use" or "mcp_tool_use";

    /// <summary>What was done, as the beginning of a sentence.</summary>
    /// <param name="call">The call, or the result itself where there is none.</param>
    private static string What(ContentBlock.ServerTool call, ContentBlock.ServerTool result)
    {
        var name = Member(call, "name") ?? result.Type;
        var input = call.Raw.Parse() is var raw && raw.TryGetProperty("input"u8, out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
        return name switch
        {
            _ when result.Type == "mcp_tool_listing" => "A list of tools",
            _ when name.StartsWith("web_search", StringComparison.Ordinal) => $"Web search{Named(input, " for", "query")}",
            _ when name.StartsWith("web_fetch", StringComparison.Ordinal) => $"Reading the page{Named(input, "", "url")}",
            _ when name.StartsWith("tool_search", StringComparison.Ordinal) => $"Search for tools{Named(input, " like", "query", "pattern")}",
            _ when name.StartsWith("bash_code_execution", StringComparison.Ordinal) => $"Running the command{Named(input, "", "command")}",
            _ when name.StartsWith("text_editor_code_execution", StringComparison.Ordinal) => $"Work on the file{Named(input, "", "path")}",
            _ when name.StartsWith("code_execution", StringComparison.Ordinal) => $"Running the code{Named(input, "", "code")}",
            _ when name.StartsWith("advisor", StringComparison.Ordinal) => "Asking an advisor",
            _ when call.Type == "mcp_tool_use" => $"Asking the tool {name}{With(input)}",
            _ => $"Using a tool{With(input)}",
        };
    }

    private static string Named(JsonElement input, string word, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (input.ValueKind == JsonValueKind.Object && input.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
                return $"{word} \"{JsonText.Read(value)}\"";
        }

        return With(input);
    }

    private static string With(JsonElement input) =>
        input.ValueKind == JsonValueKind.Object && input.EnumerateObject().Any()
            ? $" with {string.Join(", ", input.EnumerateObject().Select(m => $"{m.Name} {JsonText.Read(m.Value)}"))}"
            : "";

    private static string? Error(JsonElement content) =>
        content.ValueKind == JsonValueKind.Object && content.TryGetProperty("error_code"u8, out var code) && code.ValueKind == JsonValueKind.String
            ? JsonText.Read(code)
            : null;

    /// <summary>A line for each thing found.</summary>
    private static void Collect(JsonElement element, List<string> found)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            Add(JsonText.Read(element), found);
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
                Collect(item, found);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            // A file in it is nothing that could be said in words.
            if (element.TryGetProperty("type"u8, out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("base64"u8))
                return;
            var line = new StringBuilder();
            foreach (var member in element.EnumerateObject())
            {
                if (member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                    Collect(member.Value, found);
                else if (member.Name == "encrypted_content" && WebBlocks.TextOf(member.Value) is { } excerpt)
                    Append(line, "", excerpt);
                else if (Shown.TryGetValue(member.Name, out var words) && member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                    Append(line, words, JsonText.Read(member.Value));
            }

            Add(line.ToString(), found);
        }
    }

    private static void Append(StringBuilder line, string words, string text)
    {
        // A page without a title has its address for one.
        if (text.Trim() is { Length: > 0 } said && !line.Equals(said))
            line.Append(line.Length == 0 ? "" : ", ").Append(words).Append(said);
    }

    private static void Add(string line, List<string> found)
    {
        if (line.Length > 0)
            found.Add(line);
    }

    /// <summary>What a call was given: an object.</summary>
    internal static RawValue InputOf(ContentBlock.ServerTool call) =>
        call.Raw.Parse() is var raw && raw.TryGetProperty("input"u8, out var input) && input.ValueKind == JsonValueKind.Object
            ? new RawValue(JsonMarshal.GetRawUtf8Value(input).ToArray())
            : default;

    internal static string? Member(ContentBlock.ServerTool block, string name) =>
        block.Raw.Parse() is var raw && raw.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? JsonText.Read(value) : null;
}
