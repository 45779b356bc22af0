using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;

namespace Gateway.Billing.Keys;

/// <summary>The budget of an account, and the models it is for; null: all of them.</summary>
internal readonly record struct AccountBudget(string Account, IReadOnlyList<string>? Models, KeyBudget Budget)
{
    /// <summary>Null, or why it could only refuse under this catalog.</summary>
    public string? MistakeIn(ModelCatalog catalog) => PricedCurrencies.Mistake(catalog, Models, Budget);
}
