using Gateway.Contracts.Catalog;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Gateway.Hosting;

/// <summary>
/// The catalog in force: the file that <c>GATEWAY_CATALOG</c> names, or the default that ships. Looked at again every two seconds (a
/// ConfigMap is swapped by symlink, which file notifications miss); a new version with mistakes is logged and the old one stays.
/// </summary>
public sealed partial class CatalogSource : IDisposable
{
    public const string Setting = "GATEWAY_CATALOG";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly string? _path;
    private readonly ILogger<CatalogSource> _log;
    private readonly ITimer? _timer;
    private (DateTime Written, long Length) _seen;
    private volatile ModelCatalog _current;

    public CatalogSource(IConfiguration configuration, ILogger<CatalogSource> log, TimeProvider time)
    {
        _log = log;
        _path = configuration[Setting];
        if (string.IsNullOrEmpty(_path))
        {
            _current = Default();
            return;
        }

        _current = Read(_path, out _seen);
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
    public static ModelCatalog Read(string path) => Read(path, out _);

    public void Dispose() => _timer?.Dispose();

    /// <summary>Takes a changed file in; true when it did.</summary>
    internal bool Reload()
    {
        try
        {
            var file = new FileInfo(_path!);
            if (file.Exists && (Written(file), file.Length) == _seen)
                return false;
            _current = Read(_path!, out _seen);
            LogReloaded(_log, _path!, _current.Models.Count);
            return true;
        }
        catch (CatalogException e)
        {
            // Named once for each version of the file, not every two seconds.
            var file = new FileInfo(_path!);
            var now = file.Exists ? (Written(file), file.Length) : default;
            if (now != _seen)
                LogRejected(_log, e.Message);
            _seen = now;
            return false;
        }
    }

    private static ModelCatalog Read(string path, out (DateTime, long) seen)
    {
        try
        {
            var file = new FileInfo(path);
            seen = file.Exists ? (Written(file), file.Length) : default;
            return ModelCatalog.Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CatalogException(path, [e.Message]);
        }
    }

    private static DateTime Written(FileInfo file) => (file.ResolveLinkTarget(returnFinalTarget: true) ?? file).LastWriteTimeUtc;

    [LoggerMessage(LogLevel.Information, "Catalog {Path} reloaded: {Models} models")]
    private static partial void LogReloaded(ILogger logger, string path, int models);

    [LoggerMessage(LogLevel.Error, "The changed catalog is not used, the one before stays in force. {Reason}")]
    private static partial void LogRejected(ILogger logger, string reason);
}
