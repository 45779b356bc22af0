namespace Gateway.Providers.Requests;

/// <summary>One side's say between two turns of the other: consecutive messages of a role are one turn, as Anthropic's server merges them.</summary>
public abstract record Turn
{
    public sealed record Assistant(IReadOnlyList<ContentBlock> Content) : Turn;

    /// <param name="Results">One for each call of the turn before, wherever in the turn it stood.</param>
    /// <param name="Messages">All the rest, in order.</param>
    public sealed record User(IReadOnlyList<ContentBlock.ToolResult> Results, IReadOnlyList<InputMessage> Messages) : Turn;
}
