namespace Gateway.AdminConsole.Api;

/// <summary>The entry of a list that allows a model, and whose list it is.</summary>
public sealed record ModelSource
{
    public required string Account { get; init; }
    public required string Entry { get; init; }
}
