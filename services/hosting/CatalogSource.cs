using System.Diagnostics.Metrics;
using Gateway.Contracts.Catalog;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Gateway.Hosting;

/// <summary>
/// The catalog in force: the default that ships, over it the list of <c>GATEWAY_CATALOG_URL</c>, and over both the file that <c>GATEWAY_CATALOG</c>
/// names. The file is looked at again every two seconds (a ConfigMap is swapped by symlink, which file notifications miss). A new version with mistakes,
/// or one that budgets stand against, is logged, counted and told by readiness, and the old one stays.
/// </summary>
public sealed partial class CatalogSource : IHealthCheck, IDisposable
{
    public const string Setting = "GATEWAY_CATALOG";
    private const string Shipped = "that ships with the gateway";
    private const string Unchecked = "it could not be held against budgets yet";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>A version that budgets stood against is held against them again, since they can be put right, too.</summary>
    private const int LooksBetweenChecks = 5;
    private static readonly Meter Meter = new(Telemetry.Prefix + "Catalog");

    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>(
        "gateway.catalog.rejected", "{version}", "Changed versions of the catalog file that had mistakes and were not used");

    internal static readonly Counter<long> FailedFetches = Meter.CreateCounter<long>(
        "gateway.catalog.fetches.failed", "{fetch}", "Fetches of the model list that brought nothing that could be used");

    internal static readonly Counter<long> LoweredPrices = Meter.CreateCounter<long>(
        "gateway.catalog.prices.lowered", "{model}", "Models whose price a fetched list has lowered");

    internal static readonly Counter<long> LostPrices = Meter.CreateCounter<long>(
        "gateway.catalog.prices.lost", "{model}", "Models about which a fetched list was not believed, since their price would have been lost");

    private readonly string? _path;
    private readonly bool _takesList;
    private readonly ILogger<CatalogSource> _log;
    private readonly IBudgetCheck? _budgets;
    private readonly ITimer? _timer;
    private readonly Lock _lock = new();
    private (DateTime Written, long Length) _seen;
    private (CatalogLayer File, ModelCatalog Catalog)? _changed;
    private int _looking, _looksLeft;
    private CatalogLayer? _file;
    private CatalogLayer? _list;
    private volatile ModelCatalog _current;
    private volatile string? _notUsed;

    /// <param name="budgets">Of a service that prices requests; null where budgets are none of its business.</param>
    public CatalogSource(IConfiguration configuration, ILogger<CatalogSource> log, TimeProvider time, IBudgetCheck? budgets = null)
    {
        _log = log;
        _budgets = budgets;
        var settings = CatalogSettings.Read(configuration);
        _path = settings.File;
        _takesList = settings.Url is not null;
        if (_path is null)
        {
            _current = Default();
            return;
        }

        _seen = Version(_path);
        _file = ReadFile(_path);
        _current = Merge(_file, null);
        _timer = time.CreateTimer(_ => _ = ReloadAsync(), null, Interval, Interval);
    }

    public ModelCatalog Current => _current;

    /// <summary>The catalog that ships with the gateway.</summary>
    public static ModelCatalog Default() => ModelCatalog.Of(CatalogLayer.ReadDefault(), Shipped);

    /// <summary>The catalog of a file, for whoever wants to know whether it has mistakes.</summary>
    /// <exception cref="CatalogException">The file is missing, unreadable or has mistakes.</exception>
    public static ModelCatalog Read(string path)
    {
        var file = ReadFile(path);
        return ModelCatalog.Of(file.StandsAlone ? file : CatalogLayer.ReadDefault().With(file), path);
    }

    /// <summary>Healthy in any case, since there is a catalog in force; but a changed one that is not used is told.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthCheckResult.Healthy(_notUsed is { } why
            ? $"the changed catalog is not used, the one before stays in force; {why}, named in the log"
            : null));

    public void Dispose() => _timer?.Dispose();

    /// <summary>Takes a changed file in; true when it did.</summary>
    internal async Task<bool> ReloadAsync()
    {
        // One look at a time: to ask for the budgets may take longer than until the next one.
        if (Interlocked.Exchange(ref _looking, 1) != 0)
            return false;
        try
        {
            // Before it is read: what is written meanwhile is another version, and is looked at again. Each is judged, and named, once.
            var version = Version(_path!);
            if (version != _seen)
            {
                (_seen, _changed, _notUsed, _looksLeft) = (version, null, null, 0);
                var file = ReadFile(_path!);
                _changed = (file, Merge(file, _list));
            }

            if (_changed is not { } changed || _looksLeft-- > 0)
                return false;
            if (await AgainstBudgetsAsync(changed.Catalog) is { Count: > 0 } mistakes)
            {
                _looksLeft = LooksBetweenChecks;
                throw new CatalogException(_path!, mistakes);
            }

            lock (_lock)
            {
                // A list may have come meanwhile.
                _current = Merge(changed.File, _list);
                _file = changed.File;
            }

            (_changed, _notUsed) = (null, null);
            LogReloaded(_log, _path!, _current.Models.Count);
            return true;
        }
        catch (CatalogException e)
        {
            var known = _notUsed;
            _notUsed = $"mistakes: {e.Mistakes.Count}";
            if (known is not null and not Unchecked)
                return false;
            Rejected.Add(1);
            LogRejected(_log, e.Message);
            return false;
        }
        catch (Exception e)
        {
            // Billing is not there: asked again at the next look.
            if (_notUsed is null)
                LogNotChecked(_log, e.Message);
            _notUsed ??= Unchecked;
            return false;
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    /// <summary>Only a currency that goes can leave a budget without a price, so that all other changes need no service but this one.</summary>
    private async Task<IReadOnlyList<string>> AgainstBudgetsAsync(ModelCatalog changed) =>
        _budgets is null || changed.KeepsCurrenciesOf(_current) ? [] : await _budgets.FindMistakesAsync(_current, changed);
    /// <summary>
    /// Takes a fetched list in, under the file and over what ships and earlier lists brought. Of a model whose price would be lost, what is in force stays.
    /// </summary>
    /// <exception cref="CatalogException">It does not fit the rest. Nothing has changed.</exception>
    internal ListChanges Take(CatalogLayer list)
    {
        lock (_lock)
        {
            var lost = Changed(list, PriceChange.Lost, Merge(_file, Over(list)));
            list = list.Without(lost.ToHashSet(StringComparer.Ordinal));
            var taken = Over(list);
            var next = Merge(_file, taken);
            var lower = Changed(list, PriceChange.Lower, next);
            (_list, _current) = (taken, next);
            return new ListChanges(list.Names.Count(), lower, lost);
        }

        CatalogLayer Over(CatalogLayer fetched) => _list?.With(fetched) ?? fetched;

        List<string> Changed(CatalogLayer fetched, PriceChange change, ModelCatalog next) =>
            [.. fetched.Names.Where(m => m.Names.Any(name => PriceChanges.Of(_current, next, name) == change)).Select(m => m.Id)];
    }

    private static CatalogLayer ReadFile(string path)
    {
        try
        {
            return CatalogLayer.Read(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CatalogException(path, [e.Message]);
        }
    }

    private ModelCatalog Merge(CatalogLayer? file, CatalogLayer? list)
    {
        if (file is { StandsAlone: true })
        {
            return _takesList
                ? throw new CatalogException(_path!, ["default: is false, so the list of GATEWAY_CATALOG_URL would count for nothing; leave one of them out"])
                : ModelCatalog.Of(file, _path!);
        }

        var layer = CatalogLayer.ReadDefault();
        if (list is not null)
            layer = layer.With(list);
        return ModelCatalog.Of(file is null ? layer : layer.With(file), _path ?? Shipped);
    }

    /// <summary>Of a file that is not there, too.</summary>
    private static (DateTime Written, long Length) Version(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists ? ((file.ResolveLinkTarget(returnFinalTarget: true) ?? file).LastWriteTimeUtc, file.Length) : default;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The changed catalog waits, the one before stays in force: it cannot be held against budgets now. {Reason}")]
    private static partial void LogNotChecked(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "Catalog {Path} reloaded: {Models} models")]
    private static partial void LogReloaded(ILogger logger, string path, int models);

    [LoggerMessage(LogLevel.Error, "The changed catalog is not used, the one before stays in force. {Reason}")]
    private static partial void LogRejected(ILogger logger, string reason);
}
