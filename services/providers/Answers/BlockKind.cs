namespace Gateway.Providers.Answers;

public enum BlockKind
{
    Text,
    Thinking,
    ToolUse,
}
