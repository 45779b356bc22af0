using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;
using Gateway.Tests.Billing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Hosting;

/// <summary>A catalog that is changed while the gateway runs.</summary>
public sealed class CatalogSourceTests : IDisposable
{
    private const string Good = """{ "default": false, "providers": { "p": { "dialect": "demo" } }, "models": [] }""";

    private readonly TemporaryDirectory _directory = new("catalog-");
    private readonly ConcurrentQueue<string> _log = new();
    private readonly ILoggerFactory _logs;
    private readonly MeterListener _meters = new()
    {
        InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "gateway.catalog.rejected")
                listener.EnableMeasurementEvents(instrument);
        },
    };
    private long _rejected;
    private int _version;

    public CatalogSourceTests()
    {
        _logs = LoggerFactory.Create(b => b.AddProvider(new LogLines(_log)));
        _meters.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _rejected, value));
        _meters.Start();
    }

    private long Rejected => Interlocked.Read(ref _rejected);

    private string File => Path.Combine(_directory.Path, "catalog.json");

    public void Dispose()
    {
        _meters.Dispose();
        _logs.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("""{ "default": false, "providers": { "p": { "dialect": "nonsense" } }, "models": [] }""", "nonsense")]
    [InlineData("""{ "default": false, "providers": { }, "models": [ { "id": "m", "routes": [ { "provider": "nobody", "model": "x" } ] } ] }""", "nobody")]
    [InlineData("{ \"providers\": {\n  \"p\": nothing", "line 2, column")]
    [InlineData(null, "catalog.json")]
    public async Task A_change_with_a_mistake_is_named_once_and_the_catalog_before_stays(string? bad, string named)
    {
        Write(Good);
        using var source = Source(null);
        var before = source.Current;
        Assert.Null((await source.CheckHealthAsync(new HealthCheckContext())).Description);

        for (var change = 1; change <= 2; change++)
        {
            Write(bad);
            for (var look = 0; look < 3; look++)
                Assert.False(await source.ReloadAsync());
            // A file that is gone stays one that is gone.
            var times = bad is null ? 1 : change;
            Assert.Equal(times, _log.Count(l => l.Contains("is not used", StringComparison.Ordinal)));
            Assert.Equal(times, Rejected);
            Assert.Same(before, source.Current);
        }

        Assert.Contains(named, _log.Last(), StringComparison.Ordinal);
        var health = await source.CheckHealthAsync(new HealthCheckContext());
        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.Contains("mistakes: ", health.Description, StringComparison.Ordinal);

        Write(Good);
        Assert.True(await source.ReloadAsync());
        Assert.False(await source.ReloadAsync());
        Assert.Null((await source.CheckHealthAsync(new HealthCheckContext())).Description);
    }

    [Fact]
    public async Task A_change_that_budgets_stand_against_is_named_once_and_taken_when_they_are_put_right()
    {
        Write(Priced("USD"));
        var budgets = new Budgets { Mistakes = ["the budget of key_a is in USD"] };
        using var source = Source(budgets);
        var before = source.Current;
        Write(Priced("EUR"));
        for (var look = 0; look < 20; look++)
            Assert.False(await source.ReloadAsync());
        Assert.Same(before, source.Current);
        // Looked at again, and not at every look.
        Assert.InRange(budgets.Asked, 2, 6);
        Assert.Equal((1, 1L), (_log.Count(l => l.Contains("key_a", StringComparison.Ordinal)), Rejected));
        Assert.Contains("mistakes: 1", (await source.CheckHealthAsync(new HealthCheckContext())).Description, StringComparison.Ordinal);

        budgets.Mistakes = [];
        for (var look = 0; ReferenceEquals(before, source.Current); look++)
        {
            Assert.InRange(look, 0, 6);
            await source.ReloadAsync();
        }

        Assert.Equal("EUR", source.Current.Models[0].Price!.Currency);
        Assert.Null((await source.CheckHealthAsync(new HealthCheckContext())).Description);
    }

    [Fact]
    public async Task A_change_waits_while_budgets_cannot_be_asked_and_one_that_keeps_the_currencies_asks_nobody()
    {
        Write(Priced("USD"));
        var budgets = new Budgets { Away = true };
        using var source = Source(budgets);
        Write(Priced("USD", "m", "another"));
        Assert.True(await source.ReloadAsync());
        Assert.Equal(0, budgets.Asked);

        Write(Priced("USD", "another"));
        for (var look = 0; look < 3; look++)
            Assert.False(await source.ReloadAsync());
        Assert.Equal(3, budgets.Asked);
        Assert.Equal((1, 0L), (_log.Count(l => l.Contains("billing is away", StringComparison.Ordinal)), Rejected));
        Assert.Contains("against budgets", (await source.CheckHealthAsync(new HealthCheckContext())).Description, StringComparison.Ordinal);

        budgets.Away = false;
        Assert.True(await source.ReloadAsync());
        Assert.Equal("another", source.Current.Models.Single().Id);
        Assert.Null((await source.CheckHealthAsync(new HealthCheckContext())).Description);
    }

    private static string Priced(string currency, params string[] models)
    {
        var entries = (models.Length > 0 ? models : ["m"]).Select(model =>
            $$$"""{"id":"{{{model}}}","routes":[{"provider":"p","model":"x"}],"price":{"currency":"{{{currency}}}","perMillion":{"input":1} } }""");
        return $$"""{ "default": false, "providers": { "p": { "dialect": "demo" } }, "models": [{{string.Join(',', entries)}}] }""";
    }

    private CatalogSource Source(IBudgetCheck? budgets)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new(CatalogSource.Setting, File)]).Build();
        return new CatalogSource(settings, _logs.CreateLogger<CatalogSource>(), new ManualTime(DateTimeOffset.UtcNow), budgets);
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

    private sealed class Budgets : IBudgetCheck
    {
        public bool Away { get; set; }
        public IReadOnlyList<string> Mistakes { get; set; } = [];
        public int Asked { get; private set; }

        public Task<IReadOnlyList<string>> FindMistakesAsync(ModelCatalog inForce, ModelCatalog changed)
        {
            Asked++;
            return Away ? throw new HttpRequestException("billing is away") : Task.FromResult(Mistakes);
        }
    }
}
