using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Ingress.Quota;

/// <summary>Asks billing, which knows the budgets.</summary>
internal sealed class BudgetCheck(ServiceClients clients) : IBudgetCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<string>> FindMistakesAsync(ModelCatalog inForce, ModelCatalog changed)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var request = new HttpRequestMessage(HttpMethod.Post, Sidecar.InvokeUri(AppIds.Billing, InternalRoutes.Catalog))
        {
            Content = JsonContent.Create(new CatalogChange { InForce = inForce.File, Changed = changed.File }, CatalogJson.Default.CatalogChange),
        };
        using var answer = await clients.For(AppIds.Billing).SendAsync(request, limit.Token);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync(CatalogJson.Default.IReadOnlyListString, limit.Token))!;
    }
}
