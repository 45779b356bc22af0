namespace Gateway.Contracts.Catalog;

/// <summary>A catalog that cannot be used, with everything that is wrong with it.</summary>
public sealed class CatalogException(string origin, IReadOnlyList<string> mistakes)
    : Exception($"The catalog {origin} cannot be used: {string.Join("; ", mistakes)}")
{
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}
