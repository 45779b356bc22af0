namespace Gateway.Providers.Requests;

/// <summary>
/// What becomes of request fields that no translated target can express. Whatever is in no table is dropped with a note, since the set of
/// fields is open; what would change the meaning of the answer is refused by name (rule E116).
/// </summary>
internal static class FieldPolicy
{
    /// <summary>Fields of the request that <see cref="RequestParser"/> reads.</summary>
    public static readonly string[] Understood =
    [
        "model", "messages", "max_tokens", "system", "stream", "stop_sequences", "temperature", "top_p", "top_k", "thinking", "tools",
        "tool_choice", "output_config", "output_format", "metadata", "cache_control",
    ];

    /// <summary>Refused when they are there and not null or empty: why.</summary>
    public static readonly Dictionary<string, string> Refused = new()
    {
        ["mcp_servers"] = "MCP servers are run by Anthropic, and this model is not served by it. Use an Anthropic model or connect the server in the client.",
        ["container"] = "containers exist only at Anthropic, and this model is not served by it.",
        ["thread"] = "threads are kept by Anthropic, and this model is not served by it. Send the whole conversation.",
        ["inference_geo"] = "where the provider of this model computes can't be chosen per request.",
    };

    /// <summary>Refusals by whose code a client knows how to go on without the field.</summary>
    public static readonly Dictionary<string, string> Codes = new() { ["thread"] = "thread_unsupported_request" };

    /// <summary>Values that mean the default, so that leaving them out loses nothing and needs no note.</summary>
    public static readonly Dictionary<string, string> Defaults = new() { ["service_tier"] = "auto", ["speed"] = "standard" };

    /// <summary>Members of a custom tool that are understood; the others are dropped with a note (rule E97).</summary>
    public static readonly string[] UnderstoodInTools =
        ["name", "description", "input_schema", "strict", "type", "cache_control", "defer_loading"];

    /// <summary>Members of blocks that are understood; the others are dropped with a note. Of server tools all is shown that can be read.</summary>
    public static readonly Dictionary<string, (string Name, string[] Members)> UnderstoodInBlocks = new()
    {
        ["text"] = Understanding("text", "text", "citations"),
        ["image"] = Understanding("image", "source"),
        ["document"] = Understanding("document", "source", "title", "context", "citations"),
        ["search_result"] = Understanding("search_result", "source", "title", "content", "citations"),
        ["thinking"] = Understanding("thinking", "thinking", "signature"),
        ["redacted_thinking"] = Understanding("redacted_thinking", "data"),
        // Who called is always the model itself here.
        ["tool_use"] = Understanding("tool_use", "id", "name", "input", "caller"),
        ["tool_result"] = Understanding("tool_result", "tool_use_id", "content", "is_error"),
        ["tool_reference"] = Understanding("tool_reference", "tool_name"),
        ["compaction"] = Understanding("compaction", "content", "tool_changes"),
    };

    /// <summary>The types that most blocks are of.</summary>
    public static readonly string[] UsualBlocks = ["text", "tool_use", "tool_result", "thinking", "image"];

    /// <summary>Block types of server tools, calls and results: history that becomes a text note (rule E68).</summary>
    public static readonly HashSet<string> ServerToolBlocks =
    [
        "server_tool_use", "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result", "bash_code_execution_tool_result",
        "text_editor_code_execution_tool_result", "tool_search_tool_result", "mcp_tool_use", "mcp_tool_result", "mcp_tool_listing",
        "advisor_tool_result",
    ];

    /// <summary>Blocks that steer Anthropic's own machinery and say nothing to another model; dropped with a note.</summary>
    public static readonly HashSet<string> DroppedBlocks = ["fallback", "browser_state"];

    private static (string Name, string[] Members) Understanding(string type, params string[] members) =>
        ($"content.{type}", ["type", "cache_control", .. members]);
}
