namespace Gateway.AdminConsole.Pages.Models;

/// <summary>A named list of models, as the admin API shows it.</summary>
public sealed record AccessGroup
{
    public required string Name { get; init; }
    public IReadOnlyList<string> Models { get; init; } = [];
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ChangedAt { get; init; }
}
