using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.Conformance;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Durability;

/// <summary>Each service a process of its own, and the sidecars another, so that any of them can die alone. What dies comes back where it was.</summary>
internal sealed class SeparateGateway : IAsyncDisposable
{
    public const string Sidecars = "sidecars";

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

    private SeparateGateway()
    {
        var free = FreePorts(3 * AppIds.All.Count);
        _ports = AppIds.All.Select((id, i) => (id, i)).ToDictionary(a => a.id, a => (free[3 * a.i], free[(3 * a.i) + 1], free[(3 * a.i) + 2]));
    }

    public string Url => UrlOf(AppIds.Ingress);

    public static async Task<SeparateGateway> StartAsync(FakeUpstream upstream)
    {
        var gateway = new SeparateGateway();
        await File.WriteAllTextAsync(gateway.CatalogPath, TestGateway.Catalog(upstream.Url, upstream.Url));
        try
        {
            await gateway.StartAsync(Sidecars);
            foreach (var app in AppIds.All)
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

    public Task<int> TerminateAsync(string process, TimeSpan limit) => _processes[process].TerminateAsync(limit);

    /// <summary>Starts it (again); it may still need a moment until it is ready.</summary>
    public async Task StartAsync(string process)
    {
        if (_processes.Remove(process, out var before))
            await before.DisposeAsync();
        if (process == Sidecars)
        {
            var apps = _ports.Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Key}={a.Value.App},{a.Value.Http},{a.Value.Grpc}"));
            _processes[process] = ChildProcess.Start(
                "SidecarProcess.dll", new Dictionary<string, string>(), [Path.Combine(_directory, "data"), RepositoryFiles.Path("components"), .. apps]);
            await _processes[process].WroteAsync("listening");
            return;
        }

        var ports = _ports[process];
        _processes[process] = ChildProcess.Start(
            Assemblies[process],
            new Dictionary<string, string>
            {
                ["GATEWAY_CATALOG"] = CatalogPath,
                ["GATEWAY_ADMIN_KEY"] = TestGateway.AdminKey,
                ["GATEWAY_OUTBOX"] = Path.Combine(_directory, "outbox"),
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
        foreach (var app in AppIds.All)
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

    /// <summary>Below those that the system gives to outgoing connections: nobody takes one while its process is away.</summary>
    private static List<int> FreePorts(int count)
    {
        var listeners = new List<TcpListener>();
        try
        {
            while (listeners.Count < count)
            {
                var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(12_000, 32_000));
                try
                {
                    listener.Start();
                    listeners.Add(listener);
                }
                catch (SocketException)
                {
                    listener.Dispose();
                }
            }

            return [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in listeners)
                listener.Dispose();
        }
    }
}
