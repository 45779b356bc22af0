using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>A content block of a request. <paramref name="Path"/> is its place in the body, for errors that name it.</summary>
public abstract record ContentBlock(Place Path)
{
    public CacheControl? Cache { get; init; }

    public sealed record Text(Place Path, RequestText Value) : ContentBlock(Path);

    public sealed record Image(Place Path, MediaSource Source) : ContentBlock(Path);

    public sealed record Document(Place Path, MediaSource Source, string? Title, string? Context) : ContentBlock(Path);

    public sealed record SearchResult(Place Path, string Source, string Title, IReadOnlyList<ContentBlock> Content) : ContentBlock(Path);

    public sealed record Thinking(Place Path, RequestText Value, RequestText Signature) : ContentBlock(Path);

    public sealed record RedactedThinking(Place Path) : ContentBlock(Path);

    public sealed record ToolUse(Place Path, string Id, string Name, RawValue Input) : ContentBlock(Path);

    public sealed record ToolResult(Place Path, string ToolUseId, IReadOnlyList<ContentBlock> Content, bool IsError) : ContentBlock(Path);

    /// <summary>A deferred tool that a search found; only inside tool results.</summary>
    public sealed record ToolReference(Place Path, string ToolName) : ContentBlock(Path);

    /// <summary>A server tool's call or result: the provider that ran it is not the one being asked now (rule E68).</summary>
    /// <param name="Call">Of a result: the block of its call, where that is in the conversation.</param>
    public sealed record ServerTool(Place Path, string Type, RawValue Raw, ServerTool? Call) : ContentBlock(Path);
}
