namespace Gateway.Providers.Answers;

/// <param name="Usage"><c>Output</c> is always known here, estimated if need be.</param>
/// <param name="Estimated">The provider sent no usage; the numbers are the gateway's own.</param>
/// <param name="Dropped">What of the answer Anthropic's format can't express.</param>
public readonly record struct AnswerEnd(Stop Stop, AnswerUsage Usage, bool Estimated, IReadOnlyList<string> Dropped);
