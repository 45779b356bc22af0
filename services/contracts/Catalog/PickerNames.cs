namespace Gateway.Contracts.Catalog;

/// <summary>
/// Ids for Claude Code's picker, which leaves out every model whose id has neither <c>claude</c> nor <c>anthropic</c> in it. Such a model is offered there
/// as <c>claude/</c> and its id, and may be asked for by that from anywhere. No name of a catalog begins so, hence none can mean two models. With
/// <c>claude-</c> in front the client would take it for a Claude model and not let its window be set.
/// </summary>
public static class PickerNames
{
    public const string Prefix = "claude/";

    /// <summary>The id under which Claude Code is told of a model.</summary>
    public static string Of(ModelEntry model) =>
        model.Id.Contains("claude", StringComparison.OrdinalIgnoreCase) || model.Id.Contains("anthropic", StringComparison.OrdinalIgnoreCase)
            ? model.Id
            : Prefix + model.Id;
}
