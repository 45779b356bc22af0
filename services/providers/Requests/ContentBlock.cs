using System.Text.Json;

namespace Gateway.Providers.Requests;

/// <summary>A content block of a request. <paramref name="Path"/> is its place in the body, for errors that name it.</summary>
public abstract record ContentBlock(string Path)
{
    public CacheControl? Cache { get; init; }

    public sealed record Text(string Path, string Value) : ContentBlock(Path);

    public sealed record Image(string Path, MediaSource Source) : ContentBlock(Path);

    public sealed record Document(string Path, MediaSource Source, string? Title, string? Context) : ContentBlock(Path);

    public sealed record SearchResult(string Path, string Source, string Title, IReadOnlyList<ContentBlock> Content) : ContentBlock(Path);

    public sealed record Thinking(string Path, string Value, string Signature) : ContentBlock(Path);

    public sealed record RedactedThinking(string Path) : ContentBlock(Path);

    public sealed record ToolUse(string Path, string Id, string Name, JsonElement Input) : ContentBlock(Path);

    public sealed record ToolResult(string Path, string ToolUseId, IReadOnlyList<ContentBlock> Content, bool IsError) : ContentBlock(Path);

    /// <summary>A deferred tool that a search found; only inside tool results.</summary>
    public sealed record ToolReference(string Path, string ToolName) : ContentBlock(Path);

    /// <summary>A server tool's call or result: the provider that ran it is not the one being asked now (rule E68).</summary>
    public sealed record ServerTool(string Path, string Type, JsonElement Raw) : ContentBlock(Path);
}
