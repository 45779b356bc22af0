using System.Diagnostics.Metrics;
using Gateway.Contracts.Catalog;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Gateway.Hosting;

/// <summary>
/// The catalog in force: the file that <c>GATEWAY_CATALOG</c> names, or the default that ships. Looked at again every two seconds (a
/// ConfigMap is swapped by symlink, which file notifications miss). A new version with mistakes is logged, counted and told by readiness, and
/// the old one stays.
/// </summary>
public sealed partial class CatalogSource : IHealthCheck, IDisposable
{
    public const string Setting = "GATEWAY_CATALOG";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly Meter Meter = new(Telemetry.Prefix + "Catalog");

    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>(
        "gateway.catalog.rejected", "{version}", "Changed versions of the catalog file that had mistakes and were not used");

    private readonly string? _path;
    private readonly ILogger<CatalogSource> _log;
    private readonly ITimer? _timer;
    private (DateTime Written, long Length) _seen;
    private volatile ModelCatalog _current;
    private volatile CatalogException? _rejected;

    public CatalogSource(IConfiguration configuration, ILogger<CatalogSource> log, TimeProvider time)
    {
        _log = log;
        _path = configuration[Setting];
        if (string.IsNullOrEmpty(_path))
        {
            _current = Default();
            return;
        }

        _seen = Version(_path);
        _current = Read(_path);
        _timer = time.CreateTimer(_ => Reload(), null, Interval, Interval);
    }

    public ModelCatalog Current => _current;

    /// <summary>The catalog that ships with the gateway.</summary>
    public static ModelCatalog Default()
    {
        using var stream = typeof(ModelCatalog).Assembly.GetManifestResourceStream("default-catalog.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return ModelCatalog.Parse(bytes, "that ships with the gateway");
    }

    /// <exception cref="CatalogException">The file is missing, unreadable or has mistakes.</exception>
    public static ModelCatalog Read(string path)
    {
        try
        {
            return ModelCatalog.Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CatalogException(path, [e.Message]);
        }
    }

    /// <summary>Healthy in any case, since there is a catalog in force; but a changed one that is not used is told.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthCheckResult.Healthy(_rejected is { } rejected
            ? $"the changed catalog is not used, the one before stays in force; mistakes: {rejected.Mistakes.Count}, named in the log"
            : null));

    public void Dispose() => _timer?.Dispose();

    /// <summary>Takes a changed file in; true when it did.</summary>
    internal bool Reload()
    {
        try
        {
            // Before it is read: what is written meanwhile is another version, and is looked at again. Each is judged, and named, once.
            var version = Version(_path!);
            if (version == _seen)
                return false;
            _seen = version;
            _current = Read(_path!);
            _rejected = null;
            LogReloaded(_log, _path!, _current.Models.Count);
            return true;
        }
        catch (CatalogException e)
        {
            _rejected = e;
            Rejected.Add(1);
            LogRejected(_log, e.Message);
            return false;
        }
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

    [LoggerMessage(LogLevel.Information, "Catalog {Path} reloaded: {Models} models")]
    private static partial void LogReloaded(ILogger logger, string path, int models);

    [LoggerMessage(LogLevel.Error, "The changed catalog is not used, the one before stays in force. {Reason}")]
    private static partial void LogRejected(ILogger logger, string reason);
}
