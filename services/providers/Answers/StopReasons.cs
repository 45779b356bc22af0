namespace Gateway.Providers.Answers;

/// <summary>Anthropic's <c>stop_reason</c> values; nothing else is ever sent (rule E33).</summary>
public static class StopReasons
{
    public const string EndTurn = "end_turn";
    public const string MaxTokens = "max_tokens";
    public const string StopSequence = "stop_sequence";
    public const string ToolUse = "tool_use";
    public const string PauseTurn = "pause_turn";
    public const string Refusal = "refusal";
    public const string ContextWindowExceeded = "model_context_window_exceeded";
}
