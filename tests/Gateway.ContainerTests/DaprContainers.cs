using System.Text;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using Gateway.Tests.Durability;

namespace Gateway.ContainerTests;

/// <summary>Dapr's images and a Redis, on the machine's own network, so that sidecars, services and brokers find each other on localhost.</summary>
internal sealed class DaprContainers : IDapr
{
    private const string Version = "1.17.13";
    private const string DataInContainer = "/data";
    private const string ResourcesInContainer = "/resources";

    private readonly ControlPlanePorts _ports = ControlPlanePorts.Take();
    private readonly Dictionary<int, IContainer> _sidecars = [];
    private readonly List<IContainer> _all = [];

    private DaprContainers()
    {
        // The runtime's images run as a user of their own.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Data, (UnixFileMode)0b111_111_111);
    }

    public string Data { get; } = Directory.CreateTempSubdirectory("dapr-").FullName;

    public Uri Redis { get; } = new($"redis://127.0.0.1:{FreePorts.Take(1)[0]}");

    public static async Task<DaprContainers> StartAsync(CancellationToken cancellation)
    {
        var dapr = new DaprContainers();
        var ports = dapr._ports;
        try
        {
            string[] redis = ["redis-server", "--port", DaprCommands.Text(dapr.Redis.Port)];
            await dapr.RunAsync("redis:8-alpine", b => b, redis, dapr.Redis.Port, cancellation);
            await dapr.RunAsync($"daprio/placement:{Version}", b => b, ["/placement", .. DaprCommands.Placement(ports)], ports.Placement, cancellation);
            string[] scheduler = ["/scheduler", .. DaprCommands.Scheduler(ports, $"{DataInContainer}/scheduler")];
            await dapr.RunAsync($"daprio/scheduler:{Version}", dapr.InData, scheduler, ports.Scheduler, cancellation);
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
        string[] command = ["/daprd", .. DaprCommands.Sidecar(sidecar, _ports, ResourcesInContainer)];
        _sidecars[sidecar.HttpPort] = await RunAsync(
            $"daprio/daprd:{Version}", b => InData(b).WithBindMount(sidecar.Resources, ResourcesInContainer), command, sidecar.HttpPort, cancellation);
    }

    // Taken away by force, which is SIGKILL.
    public async Task KillAsync(SidecarSettings sidecar)
    {
        var container = _sidecars[sidecar.HttpPort];
        _all.Remove(container);
        await container.DisposeAsync();
    }

    public async Task<string> LogsAsync()
    {
        var text = new StringBuilder();
        foreach (var container in _all)
        {
            var (output, errors) = await container.GetLogsAsync();
            text.AppendLine(container.Name).AppendLine(output).AppendLine(errors);
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var container in Enumerable.Reverse(_all))
            await container.DisposeAsync();
    }

    private ContainerBuilder InData(ContainerBuilder builder) =>
        builder.WithBindMount(Data, DataInContainer).WithCreateParameterModifier(parameters => parameters.WorkingDir = DataInContainer);

    private async Task<IContainer> RunAsync(
        string image, Func<ContainerBuilder, ContainerBuilder> configure, string[] command, int port, CancellationToken cancellation)
    {
        var builder = new ContainerBuilder(image)
            .WithCommand(command)
            // The address a sidecar tells the others.
            .WithEnvironment("DAPR_HOST_IP", "127.0.0.1")
            .WithCreateParameterModifier(parameters => (parameters.HostConfig ??= new HostConfig()).NetworkMode = "host");
        var container = configure(builder).Build();
        _all.Add(container);
        await container.StartAsync(cancellation);
        await Ports.ListensAsync(port, () => Assert.True(container.State == TestcontainersStates.Running, $"{image} has ended"), cancellation);
        return container;
    }
}
