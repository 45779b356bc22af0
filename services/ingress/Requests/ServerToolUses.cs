using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Requests;

/// <summary>How often a request lets the provider use tools of its own, after each of which it reads the conversation again.</summary>
/// <param name="Most">The sum of the <c>max_uses</c> of web tools; null where one of them has none, since there is no default.</param>
/// <param name="Searches">How many of those are searches, which are charged by the use.</param>
/// <param name="Unbounded">
/// The first whose uses, or whose fees, nothing in a request can bound: code execution, MCP servers, a search of tools, an advisor, and any that
/// this gateway does not know. Null where there is none.
/// </param>
internal readonly record struct ServerToolUses(long? Most, long Searches, string? Unbounded)
{
    /// <summary>The beginnings of the types of tools that the client runs.</summary>
    private static readonly string[] Clients = ["bash_", "text_editor_", "memory_", "computer_", "browser_"];

    /// <summary>What a search, and what a page may bring where the gateway runs the tool, generously.</summary>
    private const long SearchBytes = 128 * 1024;
    private const long PageBytes = 1024 * 1024;

    /// <summary>What the uses may add to the conversation.</summary>
    public long MostBytes => (Searches * SearchBytes) + (Math.Max(0, (Most ?? 0) - Searches) * PageBytes);

    public static ServerToolUses None { get; } = new(0, 0, null);

    /// <param name="body">A request that has been found to be whole.</param>
    public static ServerToolUses Of(ReadOnlyMemory<byte> body)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
            body = body[3..];
        using var document = JsonDocument.Parse(body, GatewayJson.DocumentOptions);
        var uses = None;
        if (document.RootElement.TryGetProperty("mcp_servers"u8, out var servers) && servers.ValueKind == JsonValueKind.Array && servers.GetArrayLength() > 0)
            uses = uses with { Unbounded = "mcp_servers" };
        if (!document.RootElement.TryGetProperty("tools"u8, out var tools) || tools.ValueKind != JsonValueKind.Array)
            return uses;
        foreach (var tool in tools.EnumerateArray())
            uses = uses.With(tool);
        return uses;
    }

    private ServerToolUses With(JsonElement tool)
    {
        if (tool.ValueKind != JsonValueKind.Object || !tool.TryGetProperty("type"u8, out var type) || TextOf(type) is not { } name
            || name == "custom" || Array.Exists(Clients, name.StartsWith))
            return this;
        var isSearch = name.StartsWith("web_search_", StringComparison.Ordinal);
        if (!isSearch && !name.StartsWith("web_fetch_", StringComparison.Ordinal))
            return this with { Unbounded = Unbounded ?? name };
        long? most = tool.TryGetProperty("max_uses"u8, out var given) && given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var uses) && uses >= 0
            ? uses
            : null;
        return this with { Most = Most + most, Searches = Searches + (isSearch ? most ?? 1 : 0) };
    }

    /// <summary>Null for anything but a text, and for half a character, which no provider takes for a tool's type either.</summary>
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
