using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.Conformance;
using Gateway.Tests.Durability;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.SidecarProcess;

namespace Gateway.Tests.Faults;

/// <summary>Two replicas of each service, a sidecar beside each of them and the store behind these: seventeen processes, each to be hurt by itself.</summary>
internal sealed class FaultyGateway : IAsyncDisposable
{
    public const string Store = "store";
    private const string SidecarSuffix = "-sidecar";

    /// <summary>Seventeen processes at once take a busy machine minutes; alone it needs ten seconds.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private static readonly Dictionary<string, string> Assemblies = new()
    {
        [AppIds.Ingress] = "Gateway.Ingress.dll",
        [AppIds.Translator] = "Gateway.Translator.dll",
        [AppIds.ProviderAdapter] = "Gateway.ProviderAdapter.dll",
        [AppIds.Billing] = "Gateway.Billing.dll",
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-faults-").FullName;
    private readonly Dictionary<string, ChildProcess> _processes = [];
    private readonly Topology _topology;
    private readonly HttpClient _probe = new() { Timeout = TimeSpan.FromSeconds(3) };
    private int _turn;

    private FaultyGateway()
    {
        var names = AppIds.Needed.SelectMany(app => new[] { (Name: app, App: app), (Name: app + "-2", App: app) }).ToList();
        var free = new Queue<int>(FreePorts.Take(4 * (names.Count + AppIds.Needed.Count)));
        _topology = new Topology(
            Path.Combine(_directory, "data"), RepositoryFiles.Path("components"),
            [.. names.Select(n => new Replica(n.Name, n.App, free.Dequeue(), free.Dequeue(), free.Dequeue(), free.Dequeue()))],
            AppIds.Needed.ToDictionary(app => app, _ => new StorePorts(free.Dequeue(), free.Dequeue(), free.Dequeue(), free.Dequeue())));
    }

    /// <summary>Both front doors.</summary>
    public IReadOnlyList<string> Doors => [.. _topology.Replicas.Where(r => r.App == AppIds.Ingress).Select(UrlOf)];

    /// <summary>One of them after the other, whatever state they are in, as a simple load balancer would.</summary>
    public string NextDoor() => Doors[(int)((uint)Interlocked.Increment(ref _turn) % Doors.Count)];

    private string TopologyPath => Path.Combine(_directory, "topology.json");

    private string CatalogPath => Path.Combine(_directory, "catalog.json");

    public static string SidecarOf(string replica) => replica + SidecarSuffix;

    public static async Task<FaultyGateway> StartAsync(FakeUpstream upstream)
    {
        var gateway = new FaultyGateway();
        gateway._topology.Write(gateway.TopologyPath);
        await File.WriteAllTextAsync(gateway.CatalogPath, TestGateway.Catalog(upstream.Url, upstream.Url));
        try
        {
            await gateway.HealAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts what does not run, and waits until everything is ready.</summary>
    public async Task HealAsync()
    {
        string[] all = [Store, .. _topology.Replicas.Select(r => SidecarOf(r.Name)), .. _topology.Replicas.Select(r => r.Name)];
        foreach (var process in all)
        {
            if (!_processes.TryGetValue(process, out var running) || running.HasExited)
                await StartAsync(process);
            else
                running.Resume();
        }

        await ReadyAsync();
    }

    public Task KillAsync(string process) => _processes[process].KillAsync();

    public Task<int> TerminateAsync(string process) => _processes[process].TerminateAsync(ChildProcess.StartLimit);

    /// <summary>The end of what each process has written.</summary>
    public string LastWords()
    {
        const int Most = 2000;
        return string.Join('\n', _processes.Select(p => (p.Key, p.Value.Output)).Where(p => p.Output.Length > 0)
            .Select(p => $"--- {p.Key}\n{p.Output[^Math.Min(Most, p.Output.Length)..]}"));
    }

    public void Pause(string process) => _processes[process].Pause();

    public void Resume(string process) => _processes[process].Resume();

    /// <summary>Starts it again; it may still need a moment until it is ready.</summary>
    public async Task StartAsync(string process)
    {
        if (_processes.Remove(process, out var before))
            await before.DisposeAsync();
        var none = new Dictionary<string, string>();
        if (process == Store)
        {
            _processes[process] = ChildProcess.Start("SidecarProcess.dll", none, "store", TopologyPath);
            return;
        }

        var replica = _topology.Replicas.Single(r => process == r.Name || process == SidecarOf(r.Name));
        if (process == SidecarOf(replica.Name))
        {
            _processes[process] = ChildProcess.Start("SidecarProcess.dll", none, "sidecar", TopologyPath, replica.Name);
            return;
        }

        _processes[process] = ChildProcess.Start(
            Assemblies[replica.App],
            new Dictionary<string, string>
            {
                ["GATEWAY_CATALOG"] = CatalogPath,
                ["GATEWAY_ADMIN_KEY"] = TestGateway.AdminKey,
                ["GATEWAY_OUTBOX"] = Path.Combine(_directory, "outbox-" + replica.Name),
                ["GATEWAY_SHUTDOWN_SECONDS"] = "2",
                ["DAPR_HTTP_ENDPOINT"] = $"http://127.0.0.1:{replica.Http}",
                ["DAPR_GRPC_ENDPOINT"] = $"http://127.0.0.1:{replica.Grpc}",
            },
            $"--urls={UrlOf(replica)}");
    }

    /// <summary>Every replica says that it is ready.</summary>
    public async Task ReadyAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        foreach (var replica in _topology.Replicas)
        {
            string? answer;
            while ((answer = await NotReadyAsync(replica)) is not null)
            {
                Assert.False(
                    limit.IsCancellationRequested || _processes[replica.Name].HasExited,
                    $"{replica.Name} is not ready: {answer}\n{_processes[replica.Name].Output}\n{_processes[Store].Output}");
                await Task.Delay(50);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_processes.Values.Select(p => p.DisposeAsync().AsTask()));
        _probe.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string UrlOf(Replica replica) => $"http://127.0.0.1:{replica.AppPort}";

    private async Task<string?> NotReadyAsync(Replica replica)
    {
        try
        {
            using var answer = await _probe.GetAsync(new Uri(UrlOf(replica) + "/healthz/ready"));
            return answer.IsSuccessStatusCode ? null : await answer.Content.ReadAsStringAsync();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return e.Message;
        }
    }
}
