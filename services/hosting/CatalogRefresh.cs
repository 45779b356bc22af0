using System.Diagnostics.Metrics;
using Gateway.Contracts.Catalog;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gateway.Hosting;

/// <summary>
/// Fetches the list of models and prices at the start and from then on once in a while. Whatever is wrong with it, what was in force before stays, and
/// the log, a metric and readiness say so.
/// </summary>
internal sealed partial class CatalogRefresh(CatalogSource source, CatalogList list, CatalogSettings settings, TimeProvider time, ILogger<CatalogRefresh> log)
    : BackgroundService, IHealthCheck
{
    private const int NamesInLog = 20;

    /// <summary>After a failure, which may be of the moment.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    private volatile string? _failure;
    private string? _mistakes;

    /// <summary>Healthy in any case, since there is a catalog in force.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthCheckResult.Healthy(_failure is null ? null : "the fetched model list is not used, what was in force stays; the log says why"));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await RefreshAsync(stoppingToken);
                await Task.Delay(_failure is not null && Retry < settings.Refresh ? Retry : settings.Refresh, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await list.FetchAsync(cancellationToken) is { } fetched)
                Take(fetched);
            // Of a version that came before, what was found then still holds.
            _failure = _mistakes;
        }
        catch (CatalogException e)
        {
            Failed(e);
        }
    }

    private void Take(byte[] fetched)
    {
        try
        {
            var changes = source.Take(CatalogLayer.ReadList(fetched, list.Name));
            _mistakes = null;
            LogTaken(log, list.Name, changes.Models);
            Tell(changes.Lower, CatalogSource.LoweredPrices, LogLower);
            Tell(changes.Lost, CatalogSource.LostPrices, LogLost);
        }
        catch (CatalogException e)
        {
            Failed(e);
            _mistakes = e.Message;
        }
    }

    /// <summary>Said once for each reason, however often it is met.</summary>
    private void Failed(CatalogException e)
    {
        CatalogSource.FailedFetches.Add(1);
        if (e.Message != _failure)
            LogFailed(log, e.Message);
        _failure = e.Message;
    }

    private void Tell(IReadOnlyList<string> ids, Counter<long> counter, Action<ILogger, int, string> write)
    {
        if (ids.Count == 0)
            return;
        counter.Add(ids.Count);
        write(log, ids.Count, string.Join(", ", ids.Take(NamesInLog)));
    }

    [LoggerMessage(LogLevel.Information, "Model list {List} taken: {Models} models")]
    private static partial void LogTaken(ILogger logger, string list, int models);

    [LoggerMessage(LogLevel.Warning, "The model list has lowered {Count} prices, so budgets buy more of these models: {Models}")]
    private static partial void LogLower(ILogger logger, int count, string models);

    [LoggerMessage(LogLevel.Warning, "The model list is not believed about {Count} models that would lose their price, a part of it or its currency: {Models}")]
    private static partial void LogLost(ILogger logger, int count, string models);

    [LoggerMessage(LogLevel.Error, "The fetched model list is not used, what was in force stays. {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}
