using System.Net;
using System.Security.Cryptography;
using Gateway.AdminConsole;
using Gateway.Billing;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress;
using Gateway.Local.Sidecar;
using Gateway.Local.Transport;
using Gateway.ProviderAdapter;
using Gateway.Translator;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Local;

/// <summary>
/// The services in one process, each on a loopback port of its own with a sidecar endpoint of its own. They talk to each other only
/// through the sidecars, as they do under Dapr, and cannot tell the difference.
/// </summary>
internal sealed class LocalGateway : IAsyncDisposable
{
    private const string DaprTokenSetting = "DAPR_API_TOKEN";
    private const string AdminKeySetting = "GATEWAY_ADMIN_KEY";
    private const string ApiKeySetting = "GATEWAY_API_KEY";
    private const string ConsoleSetting = "GATEWAY_CONSOLE";
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);

    private readonly SidecarRuntime _sidecars;
    private readonly ILoggerFactory _logs;
    private readonly List<WebApplication> _services = [];
    private bool _stopped;

    private LocalGateway(SidecarRuntime sidecars, ILoggerFactory logs)
    {
        _sidecars = sidecars;
        _logs = logs;
    }

    /// <summary>Where clients connect.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The admin key that this start has made; one that was given is known to whoever gave it.</summary>
    public string? AdminKey { get; private init; }

    /// <summary>Whether it has a page to look at.</summary>
    public bool HasConsole { get; private init; }

    /// <summary>The API key that this start has made.</summary>
    public string? ApiKey { get; private init; }

    public bool AdminKeyGiven { get; private init; }

    public bool ApiKeyGiven { get; private init; }

    /// <summary>What callers of the sidecars must send; for tests.</summary>
    public string SidecarToken { get; private init; } = "";

    /// <summary>The sidecar of a service; for tests.</summary>
    public Uri SidecarOf(string appId) => _sidecars.HttpEndpoint(appId);

    /// <summary>The same sidecar's gRPC address, which the official client needs.</summary>
    public Uri SidecarGrpcOf(string appId) => _sidecars.GrpcEndpoint(appId);

    /// <summary>A service's host; for tests.</summary>
    public WebApplication ServiceOf(string appId) => _services.Single(s => s.Environment.ApplicationName == appId);

    /// <param name="options">The command line.</param>
    /// <param name="cancellation">Gives the start up.</param>
    /// <param name="settings">Settings over the environment, for tests.</param>
    public static async Task<LocalGateway> StartAsync(
        LocalOptions options, CancellationToken cancellation, IReadOnlyDictionary<string, string>? settings = null)
    {
        var configuration = new ConfigurationBuilder().SetBasePath(AppContext.BaseDirectory).AddJsonFile("appsettings.json", optional: true)
            .AddEnvironmentVariables().AddInMemoryCollection(Pairs(settings)).Build();
        // Said before anything is started or written.
        var common = Settings.Read<ServiceSettings>(configuration);
        if (configuration[CatalogSource.Setting] is { Length: > 0 } catalog)
            CatalogSource.Read(catalog);
        var data = DataFolder.Open(options.Data, options.NewData);
        var first = data.IsNew;
        var logs = LoggerFactory.Create(b => b.AddConfiguration(configuration.GetSection("Logging"))
            .AddLineConsole().SetMinimumLevel(LogLevel.Information)
            // As in the services: what the framework has to say of each call is nothing to whoever reads the start's lines.
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning));
        // In memory only, and another one at each start: whoever else is on this machine reaches the ports of sidecars and services, but not in.
        var daprToken = Given(configuration, DaprTokenSetting) ?? NewKey("dapr-");
        var appToken = Given(configuration, AppApiToken.Setting) ?? NewKey("app-");
        // An app that is there gets its own copy of every event; one that is left out must not have them kept for it.
        var hasConsole = !string.Equals(Given(configuration, ConsoleSetting), "false", StringComparison.OrdinalIgnoreCase);
        var sidecarOptions = new SidecarOptions(
            data.Path, options.Components, daprToken, appToken, ServiceHost.MaxBodyBytes, Tracing: common.ExportsTraces, AtOnce: [Topics.Usage]);
        var sidecars = await SidecarRuntime.StartAsync(sidecarOptions, hasConsole ? AppIds.All : AppIds.Needed, TimeProvider.System, logs, cancellation);
        var gateway = new LocalGateway(sidecars, logs)
        {
            SidecarToken = daprToken,
            HasConsole = hasConsole,
            AdminKey = first && Given(configuration, AdminKeySetting) is null ? NewKey("gw-admin-") : null,
            ApiKey = first && Given(configuration, ApiKeySetting) is null ? NewKey("gw-") : null,
            AdminKeyGiven = Given(configuration, AdminKeySetting) is not null,
            ApiKeyGiven = Given(configuration, ApiKeySetting) is not null,
        };
        try
        {
            await gateway.StartServicesAsync(options.Urls, data, appToken, settings, cancellation);
            await data.MarkAsync(cancellation);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// In the order of the data: no new requests and the running ones to their end, their usage published, delivered and counted, and only
    /// then the services and stores behind it.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        if (_stopped)
            return;
        _stopped = true;
        foreach (var service in _services.Take(3))
            await StopQuietlyAsync(service, cancellation);
        try
        {
            await _sidecars.DrainAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // Undelivered events are in the store and are delivered by the next start.
        }

        foreach (var service in _services.Skip(3))
            await StopQuietlyAsync(service, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5)))
            await StopAsync(limit.Token);
        foreach (var service in _services)
            await service.DisposeAsync();
        await _sidecars.DisposeAsync();
        _logs.Dispose();
    }

    private static async Task StopQuietlyAsync(WebApplication service, CancellationToken cancellation)
    {
        try
        {
            await service.StopAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // Its time is up.
        }
    }

    private async Task StartServicesAsync(
        string urls, DataFolder data, string appToken, IReadOnlyDictionary<string, string>? settings, CancellationToken cancellation)
    {
        // Ingress first: a port that is taken must be found before keys are made that nobody gets to see.
        var ingress = await StartAsync(
            AppIds.Ingress, urls, IngressHost.Build,
            ["GATEWAY_SHUTDOWN_SECONDS=5", "GATEWAY_OUTBOX_AHEAD=256", $"GATEWAY_OUTBOX={data.Outbox}"]);
        Url = Address(ingress).ToString().TrimEnd('/')
            .Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)
            .Replace("[::]", "127.0.0.1", StringComparison.Ordinal);
        await StartAsync(AppIds.Translator, Loopback, TranslatorHost.Build, []);
        await StartAsync(AppIds.ProviderAdapter, Loopback, ProviderAdapterHost.Build, []);
        List<string> keys = [];
        if (AdminKey is not null)
            keys.Add($"{AdminKeySetting}={AdminKey}");
        if (ApiKey is not null)
            keys.Add($"{ApiKeySetting}={ApiKey}");
        await StartAsync(AppIds.Billing, Loopback, BillingHost.Build, keys);
        if (HasConsole)
            await StartAsync(AppIds.Console, Loopback, ConsoleHost.Build, []);
        await WaitUntilReadyAsync(cancellation);

        async Task<WebApplication> StartAsync(
            string appId, string address, Func<string[], Action<WebApplicationBuilder>?, WebApplication> build, IReadOnlyList<string> more)
        {
            var http = _sidecars.HttpEndpoint(appId).ToString().TrimEnd('/');
            var grpc = _sidecars.GrpcEndpoint(appId).ToString().TrimEnd('/');
            string[] args =
            [
                $"--urls={address}", $"--DAPR_HTTP_ENDPOINT={http}", $"--DAPR_GRPC_ENDPOINT={grpc}", $"--{AppApiToken.Setting}={appToken}",
                $"--{DaprTokenSetting}={SidecarToken}",
                "--GATEWAY_SHUTDOWN_SECONDS=2",
                // One signal handler for the process, not one a service: they stop one after the other.
                $"--{ServiceSettings.HandleSignalsName}=false",
                .. Pairs(settings).Where(s => s.Value is not null).Select(s => $"--{s.Key}={s.Value}"), .. more.Select(m => "--" + m),
            ];
            var service = build(args, builder => Connect(builder.Services, appId));
            try
            {
                await ServiceStart.StartAsync(service, cancellation);
            }
            catch
            {
                // What did not start cannot be stopped either: the host would throw an exception of its own over this one.
                await service.DisposeAsync();
                throw;
            }

            _services.Add(service);
            await _sidecars.AttachAsync(appId, Address(service), cancellation, ((InProcessServer)service.Services.GetRequiredService<IServer>()).Door);
            return service;
        }
    }

    /// <summary>The service's own code knows nothing of this: it listens on its port, and calls its sidecar.</summary>
    private void Connect(IServiceCollection services, string appId)
    {
        InProcessServer.Add(services);
        services.AddSingleton(_ => new SidecarTransport(_sidecars.Invocations(appId, SidecarTransport.CreateSockets())));
    }

    private const string Loopback = "http://127.0.0.1:0";

    private async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ReadyLimit);
        using var client = new HttpClient();
        var last = "";
        try
        {
            foreach (var service in _services)
            {
                while (true)
                {
                    using var answer = await client.GetAsync(new Uri(Address(service), HealthEndpoints.Ready), limit.Token);
                    if (answer.StatusCode == HttpStatusCode.OK)
                        break;
                    last = await answer.Content.ReadAsStringAsync(limit.Token);
                    await Task.Delay(20, limit.Token);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new StartException($"The services did not become ready within {ReadyLimit.TotalSeconds:0} s: {last}");
        }
    }

    private static Uri Address(WebApplication service) =>
        new(service.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
            .Replace("://[::]:", "://127.0.0.1:", StringComparison.Ordinal)
            .Replace("://*:", "://127.0.0.1:", StringComparison.Ordinal));

    private static string? Given(IConfiguration configuration, string name) => configuration[name] is { Length: > 0 } value ? value : null;

    private static string NewKey(string prefix) =>
        prefix + RandomNumberGenerator.GetString("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 43);

    private static IEnumerable<KeyValuePair<string, string?>> Pairs(IReadOnlyDictionary<string, string>? settings) =>
        (settings ?? new Dictionary<string, string>()).Select(s => new KeyValuePair<string, string?>(s.Key, s.Value));
}
