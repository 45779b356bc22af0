using Dapr.Actors.Client;
using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;

namespace Gateway.Billing.Keys;

/// <summary>
/// Says in the log, at the start and whenever the catalog changes, which models have no price and which strict budgets are left without a price
/// in their currency: all their requests are refused from then on.
/// </summary>
internal sealed class PriceWatch(
    CatalogSource source, [FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, TimeProvider time, ILogger<PriceWatch> log) : BackgroundService
{
    private const int PageSize = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ModelCatalog? told = null;
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var catalog = source.Current;
                if (ReferenceEquals(catalog, told))
                    continue;
                try
                {
                    await CheckBudgetsAsync(catalog);
                    if (PriceEndpoints.UnpricedOf(catalog) is { Count: > 0 } unpriced)
                        Log.Unpriced(log, unpriced.Count, string.Join(", ", unpriced));
                    told = catalog;
                }
                catch (Exception e)
                {
                    // Actors are not there yet, or are away: looked at again in a moment.
                    Log.PricesNotChecked(log, e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task CheckBudgetsAsync(ModelCatalog catalog)
    {
        var directory = KeyEndpoints.Directory(actors);
        for (string? after = null; ;)
        {
            var page = await directory.ListKeysAsync(new ListQuery { After = after, Limit = PageSize });
            foreach (var key in page.Keys.Where(key => key.RevokedAt is null))
                Check(catalog, key.Id, key.Models, key.Budget);
            if ((after = page.Next) is null)
                break;
        }

        foreach (var organizations in new[] { false, true })
            await CheckGroupsAsync(catalog, directory, organizations);
    }

    private async Task CheckGroupsAsync(ModelCatalog catalog, IKeyDirectoryActor directory, bool organizations)
    {
        for (string? after = null; ;)
        {
            var page = await directory.ListGroupsAsync(new ListQuery { After = after, Limit = PageSize, Organizations = organizations });
            foreach (var group in page.Groups)
                Check(catalog, group.Id, null, group.Budget);
            if ((after = page.Next) is null)
                return;
        }
    }

    private void Check(ModelCatalog catalog, string account, IReadOnlyList<string>? models, KeyBudget? budget)
    {
        if (PricedCurrencies.Mistake(catalog, models, budget) is { } mistake)
            Log.BudgetWithoutPrices(log, account, mistake);
    }
}
