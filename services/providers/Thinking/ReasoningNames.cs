namespace Gateway.Providers.Thinking;

/// <summary>What Chat Completions servers call the text of their reasoning.</summary>
public static class ReasoningNames
{
    /// <summary>The usual name first; where a server sends several, the first one counts (rule E86).</summary>
    public static readonly string[] All = ["reasoning_content", "reasoning", "reasoning_text", "thinking"];
}
