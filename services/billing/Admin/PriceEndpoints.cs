using Gateway.Contracts.Catalog;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

internal static class PriceEndpoints
{
    /// <summary>Prices</summary>
    /// <remarks>What each model costs by each of its routes, where the price is from, what it lacks, and which models have none.</remarks>
    public static Ok<PriceList> List(CatalogSource source)
    {
        var catalog = source.Current;
        var lines = new List<PriceLine>();
        foreach (var model in catalog.Models)
        {
            lines.AddRange(catalog.RoutesOf(model).InOrder.Select(route => new PriceLine
            {
                Model = model.Id,
                Provider = route.Entry.Provider,
                UpstreamModel = route.Entry.Model,
                Price = route.Price,
                Lacks = PriceGaps.Of(route.Price),
            }));
        }

        return TypedResults.Ok(new PriceList { Data = lines, Unpriced = UnpricedOf(catalog) });
    }

    /// <summary>Models that have no price for input and output by any of their routes.</summary>
    public static IReadOnlyList<string> UnpricedOf(ModelCatalog catalog) =>
    [
        .. catalog.Models
            .Where(model => catalog.RoutesOf(model).InOrder.All(route => route.Price is not { PerMillion: { Input: not null, Output: not null } }))
            .Select(model => model.Id),
    ];
}
