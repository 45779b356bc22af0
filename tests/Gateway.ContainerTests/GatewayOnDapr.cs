using System.Text;
using Gateway.Tests.Durability;
using Gateway.Tests.Durability.Story;

namespace Gateway.ContainerTests;

/// <summary>The four services as processes, ingress twice, each with a real sidecar on the resources of <c>components/</c>.</summary>
internal sealed class GatewayOnDapr : IStoryGateway, IAsyncDisposable
{
    private const string Billing = "billing";

    /// <summary>Name here, app id, assembly.</summary>
    private static readonly (string Name, string AppId, string Assembly)[] Services =
    [
        (Billing, Billing, "Gateway.Billing"),
        ("provider-adapter", "provider-adapter", "Gateway.ProviderAdapter"),
        ("translator", "translator", "Gateway.Translator"),
        ("ingress-1", "ingress", "Gateway.Ingress"),
        ("ingress-2", "ingress", "Gateway.Ingress"),
    ];

    // As dapr.yaml says it.
    private static readonly string[] Flags =
    [
        "--app-protocol", "http", "--max-body-size", "40Mi", "--read-buffer-size", "64Ki",
        "--enable-app-health-check", "--app-health-check-path", "/healthz/live",
        "--app-health-probe-interval", "3", "--app-health-probe-timeout", "500", "--app-health-threshold", "3",
    ];

    private readonly IDapr _dapr;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<string, SidecarSettings> _sidecars = [];
    private readonly Dictionary<string, ChildProcess> _processes = [];

    private GatewayOnDapr(IDapr dapr, CancellationToken cancellation)
    {
        _dapr = dapr;
        _cancellation = cancellation;
        var resources = ResourceFolder.Copy(Path.Combine(Builds.Root, "components"), Path.Combine(dapr.Data, "resources"), dapr.Redis);
        foreach (var (name, appId, _) in Services)
        {
            var ports = FreePorts.Take(5);
            _sidecars[name] = new SidecarSettings(appId, ports[0], ports[1], ports[2], ports[3], ports[4], resources, "configuration.yaml", Flags);
        }
    }

    public IReadOnlyList<Uri> Ingresses => [.. Services.Where(s => s.AppId == "ingress").Select(s => AddressOf(s.Name))];

    public Uri IngressSidecar => _sidecars["ingress-1"].Address;

    public string AdminKey => "gw-admin-container-tests";

    private string CatalogPath => Path.Combine(_dapr.Data, "catalog.json");

    /// <summary>Comes back when every service says that it is ready.</summary>
    public static async Task<GatewayOnDapr> StartAsync(IDapr dapr, string catalog, CancellationToken cancellation)
    {
        var gateway = new GatewayOnDapr(dapr, cancellation);
        await File.WriteAllTextAsync(gateway.CatalogPath, catalog, cancellation);
        try
        {
            foreach (var (name, _, _) in Services)
            {
                gateway.Start(name);
                await dapr.StartAsync(gateway._sidecars[name], cancellation);
            }

            foreach (var (name, _, _) in Services)
                await gateway.ReadyAsync(name);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    public Task KillBillingAsync() => _processes[Billing].KillAsync();

    public async Task StartBillingAsync()
    {
        await _processes[Billing].DisposeAsync();
        Start(Billing);
    }

    public Task KillBillingSidecarAsync() => _dapr.KillAsync(_sidecars[Billing]);

    public Task StartBillingSidecarAsync() => _dapr.StartAsync(_sidecars[Billing], _cancellation);

    public string Logs()
    {
        var text = new StringBuilder();
        foreach (var (name, process) in _processes)
            text.AppendLine(name).AppendLine(process.Output);
        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values)
            await process.DisposeAsync();
    }

    private Uri AddressOf(string name) => new($"http://127.0.0.1:{_sidecars[name].AppPort}");

    private void Start(string name)
    {
        var sidecar = _sidecars[name];
        var environment = new Dictionary<string, string>
        {
            ["DAPR_HTTP_ENDPOINT"] = sidecar.Address.ToString().TrimEnd('/'),
            ["DAPR_GRPC_ENDPOINT"] = $"http://127.0.0.1:{sidecar.GrpcPort}",
            ["GATEWAY_CATALOG"] = CatalogPath,
            ["GATEWAY_ADMIN_KEY"] = AdminKey,
            ["GATEWAY_OUTBOX"] = Path.Combine(_dapr.Data, $"outbox-{name}"),
        };
        var assembly = Builds.Assembly(Services.Single(s => s.Name == name).Assembly);
        _processes[name] = ChildProcess.Start(assembly, environment, "--urls", AddressOf(name).ToString());
    }

    private async Task ReadyAsync(string name)
    {
        using var client = new HttpClient { BaseAddress = AddressOf(name) };
        while (true)
        {
            Assert.False(_processes[name].HasExited, $"{name} has ended: {_processes[name].Output}");
            try
            {
                using var answer = await client.GetAsync("/healthz/ready", _cancellation);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(200, _cancellation);
        }
    }
}
