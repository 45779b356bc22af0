using Gateway.Billing.Admin;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Billing.Keys;

/// <summary>
/// Says in the log and by readiness, at the start and whenever the catalog changes, which models have no price and which strict budgets are
/// without a price in their currency: all their requests are refused. A changed catalog leaves no further budget so (<see cref="Budgets"/>); one
/// that a gateway starts with may.
/// </summary>
internal sealed class PriceWatch(CatalogSource source, Budgets budgets, TimeProvider time, ILogger<PriceWatch> log) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private volatile int _mistaken;

    /// <summary>Healthy in any case: others are not the worse for it.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthCheckResult.Healthy(_mistaken is > 0 and var count
            ? $"strict budgets without a price in their currency, which refuse every request: {count}, named in the log"
            : null));

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
                    _mistaken = await CheckBudgetsAsync(catalog);
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

    private async Task<int> CheckBudgetsAsync(ModelCatalog catalog)
    {
        var mistaken = 0;
        await foreach (var budget in budgets.AllAsync())
        {
            if (budget.MistakeIn(catalog) is not { } mistake)
                continue;
            mistaken++;
            Log.BudgetWithoutPrices(log, budget.Account, mistake);
        }

        return mistaken;
    }
}
