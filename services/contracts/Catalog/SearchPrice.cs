namespace Gateway.Contracts.Catalog;

/// <param name="Currency">Three letters.</param>
/// <param name="PerSearch">Money for one search.</param>
public sealed record SearchPrice(string Currency, decimal PerSearch);
