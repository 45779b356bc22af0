namespace Gateway.Providers.Answers;

/// <summary>A source that a provider names for its text.</summary>
/// <param name="Quote">What the source says; empty where the provider does not tell.</param>
public readonly record struct Citation(string Url, string? Title, string Quote);
