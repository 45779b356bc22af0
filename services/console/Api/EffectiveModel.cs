namespace Gateway.AdminConsole.Api;

/// <summary>A model that a key or user may use, and by what.</summary>
public sealed record EffectiveModel
{
    public required string Model { get; init; }
    public IReadOnlyList<ModelSource> From { get; init; } = [];
}
