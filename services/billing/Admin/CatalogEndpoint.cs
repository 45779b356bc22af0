using System.Text.Json;
using Gateway.Billing.Keys;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;

namespace Gateway.Billing.Admin;

/// <summary>Tells ingress, which knows no budgets, whether any stands against a changed catalog.</summary>
internal static class CatalogEndpoint
{
    public static async Task<IResult> CheckAsync(HttpRequest request, Budgets budgets)
    {
        using var body = await RequestBodies.ReadAsync(request);
        var change = JsonSerializer.Deserialize(body.WrittenSpan, CatalogJson.Default.CatalogChange)!;
        var mistakes = await budgets.FindMistakesAsync(ModelCatalog.Of(change.InForce), ModelCatalog.Of(change.Changed));
        return Results.Json(mistakes, CatalogJson.Default.IReadOnlyListString);
    }
}
