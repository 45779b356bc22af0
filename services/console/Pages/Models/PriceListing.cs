namespace Gateway.AdminConsole.Pages.Models;

/// <summary>The prices in force, as the admin API tells them.</summary>
public sealed record PriceListing
{
    public IReadOnlyList<RoutePrice> Data { get; init; } = [];

    /// <summary>Models without a price for input and output by any route.</summary>
    public IReadOnlyList<string> Unpriced { get; init; } = [];
}
