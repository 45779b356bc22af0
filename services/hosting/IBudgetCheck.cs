using Gateway.Contracts.Catalog;

namespace Gateway.Hosting;

/// <summary>What a changed catalog is held against before it is in force: the budgets in the currencies of its prices.</summary>
public interface IBudgetCheck
{
    /// <summary>
    /// A text for each budget that refuses what has no price in its currency, and that <paramref name="changed"/> would leave without any while
    /// <paramref name="inForce"/> does not; empty: there is none.
    /// </summary>
    /// <exception cref="Exception">It cannot be told now.</exception>
    Task<IReadOnlyList<string>> FindMistakesAsync(ModelCatalog inForce, ModelCatalog changed);
}
