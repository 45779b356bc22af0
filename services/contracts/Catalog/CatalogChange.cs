namespace Gateway.Contracts.Catalog;

/// <summary>Asks billing which budgets a changed catalog would leave without a price. The answer is a list of texts, empty where there is none.</summary>
public sealed record CatalogChange
{
    public required CatalogFile InForce { get; init; }
    public required CatalogFile Changed { get; init; }
}
