namespace Gateway.AdminConsole.Api;

/// <summary>A list of models of a key, user, team or organisation.</summary>
public sealed record ModelList
{
    public required string Account { get; init; }
    public IReadOnlyList<string> Models { get; init; } = [];
}
