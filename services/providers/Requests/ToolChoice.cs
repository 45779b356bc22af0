namespace Gateway.Providers.Requests;

/// <param name="Name">The tool, for <see cref="ToolChoiceKind.Tool"/>.</param>
public sealed record ToolChoice(ToolChoiceKind Kind, string? Name, bool DisableParallel);
