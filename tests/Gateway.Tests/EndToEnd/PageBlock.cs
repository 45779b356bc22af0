namespace Gateway.Tests.EndToEnd;

/// <summary>A fenced block of a page.</summary>
/// <param name="Kind">What stands behind the fence: the language, and for JSON what it is for.</param>
internal sealed record PageBlock(string Page, string Kind, string Text);
