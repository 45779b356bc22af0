using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;

namespace Gateway.Billing.Keys;

/// <summary>Whether a budget that lets no request without a price pass has any price in its currency to hold.</summary>
internal static class PricedCurrencies
{
    /// <summary>Null, or what is wrong with the budget's currency.</summary>
    /// <param name="catalog">The models and their prices.</param>
    /// <param name="models">What the key may use; null: everything.</param>
    /// <param name="budget">Null: there is nothing to hold.</param>
    public static string? Mistake(ModelCatalog catalog, IEnumerable<string>? models, KeyBudget? budget)
    {
        if (budget is not { UnpricedInForce: UnpricedPolicy.Refuse })
            return null;
        var priced = (models?.SelectMany(catalog.MeantBy) ?? catalog.Models)
            .SelectMany(model => catalog.RoutesOf(model).InOrder, (model, route) => (Model: model.Id, route.Price?.Currency))
            .Where(price => price.Currency is not null)
            .Distinct()
            .ToLookup(price => price.Currency!, price => price.Model);
        if (priced.Contains(budget.Currency))
            return null;
        return priced.Count == 0
            ? $"No model it is for has a price, so a budget in {budget.Currency} could only refuse. Price one in the catalog, or say unpriced allow."
            : $"The prices of its models are in {string.Join(", ", priced.OrderBy(p => p.Key, StringComparer.Ordinal).Select(Named))}, "
                + $"and none in {budget.Currency}: such a budget could only refuse. Use a currency of theirs, or say unpriced allow.";
    }

    /// <summary><c>USD (vendor/model and 4 more)</c>.</summary>
    private static string Named(IGrouping<string, string> models) =>
        models.Count() is > 1 and var count ? $"{models.Key} ({models.First()} and {count - 1} more)" : $"{models.Key} ({models.First()})";
}
