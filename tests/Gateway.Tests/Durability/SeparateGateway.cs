using System.Globalization;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.Conformance;
using Gateway.Tests.Durability.Story;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Durability;

/// <summary>Each service a process of its own, and the sidecars another, so that any of them can die alone. What dies comes back where it was.</summary>
internal sealed class SeparateGateway : IStoryGateway, IAsyncDisposable
{
    public const string Sidecars = "sidecars";

    /// <summary>Further front doors are replicas of ingress that use its sidecar.</summary>
    private const string FurtherDoor = "door-";

    private static readonly Dictionary<string, string> Assemblies = new()
    {
        [AppIds.Ingress] = "Gateway.Ingress.dll",
        [AppIds.Translator] = "Gateway.Translator.dll",
        [AppIds.ProviderAdapter] = "Gateway.ProviderAdapter.dll",
        [AppIds.Billing] = "Gateway.Billing.dll",
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-apart-").FullName;
    private readonly Dictionary<string, (int App, int Http, int Grpc)> _ports;
    private readonly Dictionary<string, ChildProcess> _processes = [];

    private SeparateGateway(int doors)
    {
        var free = FreePorts.Take((3 * AppIds.Needed.Count) + doors - 1);
        _ports = AppIds.Needed.Select((id, i) => (id, i)).ToDictionary(a => a.id, a => (free[3 * a.i], free[(3 * a.i) + 1], free[(3 * a.i) + 2]));
        var ingress = _ports[AppIds.Ingress];
        for (var door = 2; door <= doors; door++)
            _ports[FurtherDoor + door] = (free[^(door - 1)], ingress.Http, ingress.Grpc);
    }

    public string Url => UrlOf(AppIds.Ingress);

    IReadOnlyList<Uri> IStoryGateway.Ingresses => [.. _ports.Keys.Where(IsDoor).Select(door => new Uri(UrlOf(door)))];

    Uri IStoryGateway.IngressSidecar => new($"http://127.0.0.1:{_ports[AppIds.Ingress].Http}");

    string IStoryGateway.AdminKey => TestGateway.AdminKey;

    public static Task<SeparateGateway> StartAsync(FakeUpstream upstream) => StartAsync(TestGateway.Catalog(upstream.Url, upstream.Url), doors: 1);

    /// <param name="catalog">Its JSON.</param>
    /// <param name="doors">How many replicas of ingress.</param>
    public static async Task<SeparateGateway> StartAsync(string catalog, int doors)
    {
        var gateway = new SeparateGateway(doors);
        await File.WriteAllTextAsync(gateway.CatalogPath, catalog);
        try
        {
            await gateway.StartAsync(Sidecars);
            foreach (var app in gateway._ports.Keys)
                await gateway.StartAsync(app);
            await gateway._processes[Sidecars].WroteAsync("attached");
            await gateway.ReadyAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    public Task KillAsync(string process) => _processes[process].KillAsync();

    Task IStoryGateway.KillBillingAsync() => KillAsync(AppIds.Billing);

    Task IStoryGateway.StartBillingAsync() => StartAsync(AppIds.Billing);

    // All sidecars are one process here.
    Task IStoryGateway.KillBillingSidecarAsync() => KillAsync(Sidecars);

    Task IStoryGateway.StartBillingSidecarAsync() => StartAsync(Sidecars);

    public Task<int> TerminateAsync(string process, TimeSpan limit) => _processes[process].TerminateAsync(limit);

    /// <summary>Starts it (again); it may still need a moment until it is ready.</summary>
    public async Task StartAsync(string process)
    {
        if (_processes.Remove(process, out var before))
            await before.DisposeAsync();
        if (process == Sidecars)
        {
            var apps = AppIds.Needed.Select(a => (Id: a, Ports: _ports[a]))
                .Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Id}={a.Ports.App},{a.Ports.Http},{a.Ports.Grpc}"));
            string[] args = ["all", Path.Combine(_directory, "data"), RepositoryFiles.Path("components"), .. apps];
            _processes[process] = ChildProcess.Start("SidecarProcess.dll", new Dictionary<string, string>(), args);
            await _processes[process].WroteAsync("listening");
            return;
        }

        var ports = _ports[process];
        _processes[process] = ChildProcess.Start(
            Assemblies[IsDoor(process) ? AppIds.Ingress : process],
            new Dictionary<string, string>
            {
                ["GATEWAY_CATALOG"] = CatalogPath,
                ["GATEWAY_ADMIN_KEY"] = TestGateway.AdminKey,
                ["GATEWAY_OUTBOX"] = Path.Combine(_directory, process == AppIds.Ingress ? "outbox" : $"outbox-{process}"),
                ["GATEWAY_SHUTDOWN_SECONDS"] = "2",
                ["DAPR_HTTP_ENDPOINT"] = $"http://127.0.0.1:{ports.Http}",
                ["DAPR_GRPC_ENDPOINT"] = $"http://127.0.0.1:{ports.Grpc}",
            },
            $"--urls={UrlOf(process)}");
    }

    /// <summary>Every service says that it is ready.</summary>
    public async Task ReadyAsync()
    {
        using var limit = new CancellationTokenSource(ChildProcess.StartLimit);
        using var client = new HttpClient();
        foreach (var app in _ports.Keys)
        {
            while (!await IsReadyAsync(client, app))
            {
                Assert.False(_processes[app].HasExited || limit.IsCancellationRequested, $"{app} is not ready: {_processes[app].Output}");
                await Task.Delay(50);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values)
            await process.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static bool IsDoor(string process) => process == AppIds.Ingress || process.StartsWith(FurtherDoor, StringComparison.Ordinal);

    private string CatalogPath => Path.Combine(_directory, "catalog.json");

    private string UrlOf(string app) => $"http://127.0.0.1:{_ports[app].App}";

    private async Task<bool> IsReadyAsync(HttpClient client, string app)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri(UrlOf(app) + "/healthz/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
