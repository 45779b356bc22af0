using System.Text;
using Gateway.Tests.Durability;

namespace Gateway.ContainerTests;

/// <summary>Dapr's programs as processes of this machine, over a Redis that is there.</summary>
internal sealed class DaprProcesses : IDapr
{
    private readonly DaprPrograms _programs;
    private readonly ControlPlanePorts _ports = ControlPlanePorts.Take();
    private readonly Dictionary<int, ChildProcess> _sidecars = [];
    private readonly List<(string Name, ChildProcess Process)> _all = [];

    private DaprProcesses(DaprPrograms programs) => _programs = programs;

    public string Data { get; } = Directory.CreateTempSubdirectory("dapr-").FullName;

    public Uri Redis => _programs.Redis;

    public static async Task<DaprProcesses> StartAsync(DaprPrograms programs, CancellationToken cancellation)
    {
        var dapr = new DaprProcesses(programs);
        try
        {
            await dapr.RunAsync("placement", programs.Placement, DaprCommands.Placement(dapr._ports), dapr._ports.Placement, cancellation);
            var scheduler = DaprCommands.Scheduler(dapr._ports, Path.Combine(dapr.Data, "scheduler"));
            await dapr.RunAsync("scheduler", programs.Scheduler, scheduler, dapr._ports.Scheduler, cancellation);
            return dapr;
        }
        catch
        {
            await dapr.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync(SidecarSettings sidecar, CancellationToken cancellation)
    {
        var command = DaprCommands.Sidecar(sidecar, _ports, sidecar.Resources);
        _sidecars[sidecar.HttpPort] = await RunAsync($"sidecar of {sidecar.AppId}", _programs.Daprd, command, sidecar.HttpPort, cancellation);
    }

    public Task KillAsync(SidecarSettings sidecar) => _sidecars[sidecar.HttpPort].KillAsync();

    public Task<string> LogsAsync()
    {
        var text = new StringBuilder();
        foreach (var (name, process) in _all)
            text.AppendLine(name).AppendLine(process.Output);
        return Task.FromResult(text.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, process) in Enumerable.Reverse(_all))
            await process.DisposeAsync();
        Directory.Delete(Data, recursive: true);
    }

    private async Task<ChildProcess> RunAsync(string name, string program, IReadOnlyList<string> command, int port, CancellationToken cancellation)
    {
        // The address a sidecar tells the others.
        var process = ChildProcess.StartProgram(program, Data, new Dictionary<string, string> { ["DAPR_HOST_IP"] = "127.0.0.1" }, command);
        _all.Add((name, process));
        await Ports.ListensAsync(port, () => Assert.False(process.HasExited, $"{name} has ended: {process.Output}"), cancellation);
        return process;
    }
}
