namespace Gateway.Providers.Answers;

public enum BlockKind
{
    Text,
    Thinking,
    ToolUse,

    /// <summary>A call of a tool that the client does not run.</summary>
    ServerToolUse,

    /// <summary>What such a call has brought. Comes in one piece.</summary>
    ServerToolResult,
}
