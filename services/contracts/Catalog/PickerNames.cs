namespace Gateway.Contracts.Catalog;

/// <summary>
/// Ids for Claude Code's picker, which leaves out every model whose id has neither <c>claude</c> nor <c>anthropic</c> in it. Such a model is offered there
/// as <c>claude/</c> and its id, and may be asked for by that from anywhere. No name of a catalog begins so, hence none can mean two models. By
/// the client's documentation the window of one with <c>claude-</c> in front could not be set.
/// </summary>
public static class PickerNames
{
    public const string Prefix = "claude/";

    /// <summary>Whether a name is that under which Claude Code is told of the model with this id.</summary>
    internal static bool IsOf(string name, string id) =>
        name.Length == Prefix.Length + id.Length && name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(id, StringComparison.Ordinal);

    /// <summary>The id under which Claude Code is told of a model.</summary>
    public static string Of(ModelEntry model) =>
        model.Id.Contains("claude", StringComparison.OrdinalIgnoreCase) || model.Id.Contains("anthropic", StringComparison.OrdinalIgnoreCase)
            ? model.Id
            : Prefix + model.Id;
}
