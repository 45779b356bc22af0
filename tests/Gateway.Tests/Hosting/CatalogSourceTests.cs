using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gateway.Hosting;
using Gateway.Tests.Billing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Hosting;

/// <summary>A catalog that is changed while the gateway runs.</summary>
public sealed class CatalogSourceTests : IDisposable
{
    private const string Good = """{ "providers": { "p": { "dialect": "demo" } }, "models": [] }""";

    private readonly TemporaryDirectory _directory = new("catalog-");
    private readonly ConcurrentQueue<string> _log = new();
    private readonly ILoggerFactory _logs;
    private int _version;

    public CatalogSourceTests() => _logs = LoggerFactory.Create(b => b.AddProvider(new Lines(_log)));

    private string File => Path.Combine(_directory.Path, "catalog.json");

    public void Dispose()
    {
        _logs.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("""{ "providers": { "p": { "dialect": "nonsense" } }, "models": [] }""", "nonsense")]
    [InlineData("""{ "providers": { }, "models": [ { "id": "m", "routes": [ { "provider": "nobody", "model": "x" } ] } ] }""", "nobody")]
    [InlineData("{ \"providers\": {\n  \"p\": nothing", "LineNumber: 1")]
    [InlineData(null, "catalog.json")]
    public async Task A_change_with_a_mistake_is_named_once_and_the_catalog_before_stays(string? bad, string named)
    {
        long rejected = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, l) =>
            {
                if (instrument.Name == "gateway.catalog.rejected")
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref rejected, value));
        listener.Start();
        Write(Good);
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new(CatalogSource.Setting, File)]).Build();
        using var source = new CatalogSource(settings, _logs.CreateLogger<CatalogSource>(), new ManualTime(DateTimeOffset.UtcNow));
        var before = source.Current;
        Assert.Null((await source.CheckHealthAsync(new HealthCheckContext())).Description);

        for (var change = 1; change <= 2; change++)
        {
            Write(bad);
            for (var look = 0; look < 3; look++)
                Assert.False(source.Reload());
            // A file that is gone stays one that is gone.
            var times = bad is null ? 1 : change;
            Assert.Equal(times, _log.Count(l => l.Contains("is not used", StringComparison.Ordinal)));
            Assert.Equal(times, Interlocked.Read(ref rejected));
            Assert.Same(before, source.Current);
        }

        Assert.Contains(named, _log.Last(), StringComparison.Ordinal);
        var health = await source.CheckHealthAsync(new HealthCheckContext());
        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.Contains("mistakes: ", health.Description, StringComparison.Ordinal);

        Write(Good);
        Assert.True(source.Reload());
        Assert.False(source.Reload());
        Assert.Null((await source.CheckHealthAsync(new HealthCheckContext())).Description);
    }

    /// <summary>With a time of its own, so that two versions within a tick of the file system's clock are two.</summary>
    private void Write(string? json)
    {
        if (json is null)
        {
            System.IO.File.Delete(File);
            return;
        }

        System.IO.File.WriteAllText(File, json);
        System.IO.File.SetLastWriteTimeUtc(File, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(++_version));
    }

    private sealed class Lines(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
