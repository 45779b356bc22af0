using Gateway.Contracts.Catalog;

namespace Gateway.AdminConsole.Pages.Models;

/// <summary>What a model costs by one of its routes.</summary>
public sealed record RoutePrice
{
    public required string Model { get; init; }
    public required string Provider { get; init; }
    public required string UpstreamModel { get; init; }
    public Price? Price { get; init; }
    public IReadOnlyList<string> Lacks { get; init; } = [];
}
