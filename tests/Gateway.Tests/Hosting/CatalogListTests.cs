using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;
using Gateway.Tests.Billing;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Hosting;

/// <summary>The list of models and prices that is fetched from an address.</summary>
public sealed class CatalogListTests : IAsyncLifetime, IDisposable
{
    private const string Dear =
        """{ "currency": "USD", "perMillion": { "input": 4, "output": 20, "cacheRead": 4, "cacheWrite5m": 5, "cacheWrite1h": 8 } }""";

    private readonly ConcurrentQueue<string> _log = new();
    private readonly ILoggerFactory _logs;
    private readonly TemporaryDirectory _directory = new("list-");
    private WebApplication _site = null!;
    private (int Status, string Body) _list = (200, "{}");
    private string? _checksum;
    private int _asked;
    private readonly ConcurrentQueue<string> _counted = new();
    private readonly MeterListener _meters = new()
    {
        InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name is "gateway.catalog.prices.lowered" or "gateway.catalog.prices.lost" or "gateway.catalog.fetches.failed")
                listener.EnableMeasurementEvents(instrument);
        },
    };

    public CatalogListTests()
    {
        _logs = LoggerFactory.Create(b => b.AddProvider(new LogLines(_log)));
        _meters.SetMeasurementEventCallback<long>((instrument, value, _, _) => _counted.Enqueue($"{instrument.Name} {value}"));
        _meters.Start();
    }

    private string Url => _site.Urls.Single() + "/models.json?token=secret";

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _site = builder.Build();
        _site.Urls.Add("http://127.0.0.1:0");
        _site.MapGet("/models.json", (HttpContext context) =>
        {
            _asked++;
            context.Response.StatusCode = _list.Status;
            return context.Response.WriteAsync(_list.Body);
        });
        _site.MapGet("/models.json.sha256", (HttpContext context) => context.Response.WriteAsync((_checksum ?? ChecksumOf(_list.Body)) + "  models.json\n"));
        await _site.StartAsync();
    }

    public Task DisposeAsync() => _site.DisposeAsync().AsTask();

    public void Dispose()
    {
        _meters.Dispose();
        _logs.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_list_adds_models_and_prices_and_the_file_stays_above_it()
    {
        _list.Body = $$"""
            { "models": [ { "id": "demo/new", "aliases": ["new"], "routes": [ { "provider": "demo", "model": "echo" } ], "price": {{Dear}} },
                          { "id": "demo/echo", "contextTokens": 7, "price": {{Dear}} } ] }
            """;
        using var rig = Rig(file: """{ "models": [ { "id": "demo/echo", "displayName": "Ours" } ] }""");
        await rig.Refresh.RefreshAsync(default);
        var catalog = rig.Source.Current;
        Assert.Equal("demo/new", catalog.Find("new", out _)!.Id);
        var echo = catalog.Find("demo/echo", out _)!;
        Assert.Equal(("Ours", 7, 4m), (echo.DisplayName, echo.ContextTokens, echo.Price!.PerMillion.Input));
        Assert.Contains(_log, l => l.EndsWith("/models.json taken: 2 models", StringComparison.Ordinal));
        Assert.Null(await HealthAsync(rig));

        // Each version is fetched once.
        await rig.Refresh.RefreshAsync(default);
        Assert.Equal(1, _asked);
        // What an earlier list brought stays, and so does the list when the file changes.
        _list.Body = """{ "models": [] }""";
        await rig.Refresh.RefreshAsync(default);
        Assert.NotNull(rig.Source.Current.Find("demo/new", out _));
        await File.WriteAllTextAsync(rig.File!, """{ "models": [ { "id": "demo/echo", "displayName": "Theirs, and longer" } ] }""");
        Assert.True(await rig.Source.ReloadAsync());
        Assert.NotNull(rig.Source.Current.Find("demo/new", out _));
        Assert.Equal("Theirs, and longer", rig.Source.Current.Find("demo/echo", out _)!.DisplayName);
    }

    public static TheoryData<int, string, string?, string> Failures => new()
    {
        { 404, "", null, "is answered with status 404" },
        { 302, "", null, "is answered with status 302" },
        { 200, "{}", new string('0', 64), "and should be 0000" },
        { 200, "{}", "no checksum", "does not begin with 64 hexadecimal digits" },
        { 200, "{ oops", null, "line 1, column 3: this is not JSON" },
        { 200, """{ "providers": { "openai": { "baseUrl": "https://elsewhere" } } }""", null, "providers: a fetched list has models only" },
        { 200, """{ "models": [ { "id": "a", "routes": [ { "provider": "nobody", "model": "m" } ] } ] }""", null, "there is no provider 'nobody'" },
        { 200, """{ "models": [ { "id": "demo/echo" }, { "id": "demo/echo" } ] }""", null, "the id 'demo/echo' stands there more than once" },
        { 200, new string(' ', (4 * 1024 * 1024) + 1), null, "is larger than 4194304 bytes" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_list_that_cannot_be_used_is_named_once_and_the_catalog_before_stays(int status, string body, string? checksum, string reason)
    {
        ((_list.Status, _list.Body), _checksum) = ((status, body), checksum);
        using var rig = Rig();
        var before = rig.Source.Current;
        for (var i = 0; i < 3; i++)
            await rig.Refresh.RefreshAsync(default);
        Assert.Same(before, rig.Source.Current);
        var line = Assert.Single(_log, l => l.StartsWith("The fetched model list is not used", StringComparison.Ordinal));
        Assert.Contains(reason, line);
        Assert.DoesNotContain("secret", line);
        Assert.StartsWith("the fetched model list is not used", await HealthAsync(rig));
        Assert.Contains("gateway.catalog.fetches.failed 1", _counted);

        ((_list.Status, _list.Body), _checksum) = ((200, """{ "models": [] }"""), null);
        await rig.Refresh.RefreshAsync(default);
        Assert.Null(await HealthAsync(rig));
    }

    /// <summary>The list is as before, only its server was away meanwhile.</summary>
    [Fact]
    public async Task A_server_that_comes_back_is_well_again()
    {
        using var rig = Rig();
        await rig.Refresh.RefreshAsync(default);
        _checksum = "away";
        await rig.Refresh.RefreshAsync(default);
        Assert.NotNull(await HealthAsync(rig));
        _checksum = null;
        await rig.Refresh.RefreshAsync(default);
        Assert.Null(await HealthAsync(rig));
    }

    [Fact]
    public async Task With_a_checksum_in_the_settings_only_that_version_is_taken()
    {
        _list.Body = $$"""{ "models": [ { "id": "demo/echo", "price": {{Dear}} } ] }""";
        using var rig = Rig(sha256: ChecksumOf(_list.Body).ToUpperInvariant());
        await rig.Refresh.RefreshAsync(default);
        Assert.Equal(4, rig.Source.Current.Find("demo/echo", out _)!.Price!.PerMillion.Input);
        using var other = Rig(sha256: ChecksumOf("another"));
        await other.Refresh.RefreshAsync(default);
        Assert.Equal(0, other.Source.Current.Find("demo/echo", out _)!.Price!.PerMillion.Input);
    }

    /// <summary>As everything that leaves this machine. Beside it other tests go on: what is on this machine is not asked for by way of a proxy.</summary>
    [Fact]
    public async Task It_comes_through_the_proxy_of_the_environment()
    {
        _list.Body = $$"""{ "models": [ { "id": "demo/echo", "price": {{Dear}} } ] }""";
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new OutsideProxy(new WebProxy(_site.Urls.Single()));
        try
        {
            using var rig = Rig(sha256: ChecksumOf(_list.Body), url: "http://lists.example.com/models.json");
            await rig.Refresh.RefreshAsync(default);
            Assert.Equal(4, rig.Source.Current.Find("demo/echo", out _)!.Price!.PerMillion.Input);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }

    [Fact]
    public async Task A_lower_price_counts_and_is_told()
    {
        _list.Body = """
            { "models": [ { "id": "anthropic/claude-opus-4.5", "price": { "currency": "USD", "perMillion":
                { "input": 4, "output": 25, "cacheRead": 0.5, "cacheWrite5m": 6.25, "cacheWrite1h": 10 }, "perRequest": { "webSearch": 0.01 } } } ] }
            """;
        using var rig = Rig();
        await rig.Refresh.RefreshAsync(default);
        Assert.Equal(4, rig.Source.Current.Find("claude-opus-4-5", out _)!.Price!.PerMillion.Input);
        Assert.Equal(["gateway.catalog.prices.lowered 1"], _counted);
        Assert.Contains("The model list has lowered 1 prices, so budgets buy more of these models: anthropic/claude-opus-4.5", _log);
    }

    /// <summary>So no budget is held worse than before by what a list leaves out.</summary>
    [Theory]
    [InlineData("""{ "id": "anthropic/claude-opus-4.5", "price": null, "contextTokens": 1 }""", "claude-opus-4-5")]
    [InlineData("""{ "id": "anthropic/claude-opus-4.5", "contextTokens": 1, "price": { "currency": "EUR", "perMillion": { "input": 9, "output": 99 } } }""",
        "claude-opus-4-5")]
    [InlineData("""{ "id": "anthropic/claude-opus-4.5", "contextTokens": 1, "price": { "currency": "USD", "perMillion": { "input": 9, "output": 99 } } }""",
        "claude-opus-4-5")]
    [InlineData(
        """{ "id": "anthropic/claude-opus-4.5", "routes": [ { "provider": "demo", "model": "x", "price": { "currency": "USD", "perMillion": {} } } ] }""",
        "claude-opus-4-5")]
    [InlineData("""{ "id": "mine/free", "aliases": ["claude-opus-4-5"], "contextTokens": 1, "routes": [ { "provider": "demo", "model": "x" } ] }""",
        "claude-opus-4-5")]
    [InlineData("""{ "id": "anthropic/claude-opus-9", "contextTokens": 1, "routes": [ { "provider": "anthropic", "model": "claude-opus-9" } ] }""",
        "anthropic/claude-opus-9")]
    [InlineData("""{ "id": "claude-opus-9*", "contextTokens": 1, "routes": [ { "provider": "anthropic", "model": "claude-opus-9*" } ] }""", "claude-opus-9x")]
    public async Task A_list_is_not_believed_about_a_model_whose_price_it_would_lose(string model, string name)
    {
        _list.Body = $$"""{ "models": [ {{model}}, { "id": "demo/echo", "contextTokens": 3 } ] }""";
        using var rig = Rig();
        var before = rig.Source.Current.Find(name, out _)!;
        await rig.Refresh.RefreshAsync(default);
        var after = rig.Source.Current.Find(name, out _)!;
        Assert.Equal((before.Id, before.Price, before.ContextTokens), (after.Id, after.Price, after.ContextTokens));
        Assert.Equal(3, rig.Source.Current.Find("demo/echo", out _)!.ContextTokens);
        Assert.Equal(["gateway.catalog.prices.lost 1"], _counted);
        Assert.Single(_log, l => l.StartsWith("The model list is not believed about 1 models", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GATEWAY_CATALOG_URL", "http://lists.example.com/models.json", "is not https")]
    [InlineData("GATEWAY_CATALOG_URL", "models.json", "an address such as")]
    [InlineData("GATEWAY_CATALOG_SHA256", "abc", "64 hexadecimal digits")]
    [InlineData("GATEWAY_CATALOG_REFRESH_MINUTES", "0", "a whole number from 1 to 10080")]
    public void A_wrong_setting_stops_the_start(string setting, string value, string reason)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["GATEWAY_CATALOG_URL"] = "https://x/y", [setting] = value }).Build();
        var error = Assert.ThrowsAny<Exception>(() => CatalogSettings.Read(configuration));
        Assert.Contains(reason, ServiceStart.Reason(error));
    }

    [Fact]
    public void A_file_that_stands_by_itself_and_a_list_contradict_each_other()
    {
        var error = Assert.Throws<CatalogException>(() => Rig(file: """{ "default": false, "providers": {}, "models": [] }"""));
        Assert.StartsWith("default: is false", error.Mistakes.Single());
    }

    [Fact]
    public async Task The_whole_gateway_takes_it_in_and_says_so()
    {
        _list.Body = $$"""{ "models": [ { "id": "demo/listed", "routes": [ { "provider": "demo", "model": "echo" } ], "price": {{Dear}} } ] }""";
        await using var gateway = await TestGateway.StartAsync(
            new Dictionary<string, string> { ["GATEWAY_CATALOG_URL"] = Url }, (_, _) => """{ "models": [ { "id": "demo/echo", "displayName": "Ours" } ] }""");
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            using var answer = await gateway.SendAsync(TestGateway.Messages("demo/listed", false), limit.Token);
            if (answer.IsSuccessStatusCode)
                break;
            await Task.Delay(50, limit.Token);
        }

        var ready = await gateway.Client.GetStringAsync(new Uri("/healthz/ready", UriKind.Relative), limit.Token);
        Assert.Contains("\"catalog list\":\"ok\"", ready);
    }

    private static string ChecksumOf(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));

    private static async Task<string?> HealthAsync(Parts rig) => (await rig.Refresh.CheckHealthAsync(new HealthCheckContext())).Description;

    private Parts Rig(string? file = null, string? sha256 = null, string? url = null)
    {
        string? path = null;
        if (file is not null)
            File.WriteAllText(path = Path.Combine(_directory.Path, "catalog.json"), file);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["GATEWAY_CATALOG"] = path,
            ["GATEWAY_CATALOG_URL"] = url ?? Url,
            ["GATEWAY_CATALOG_SHA256"] = sha256,
        }).Build();
        var settings = CatalogSettings.Read(configuration);
        var source = new CatalogSource(configuration, _logs.CreateLogger<CatalogSource>(), new ManualTime(DateTimeOffset.UtcNow));
        var list = new CatalogList(settings);
        return new Parts(source, list, new CatalogRefresh(source, list, settings, TimeProvider.System, _logs.CreateLogger<CatalogRefresh>()), path);
    }

    private sealed record Parts(CatalogSource Source, CatalogList List, CatalogRefresh Refresh, string? File) : IDisposable
    {
        public void Dispose()
        {
            Refresh.Dispose();
            List.Dispose();
            Source.Dispose();
        }
    }
}
