using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;

namespace Gateway.ContainerTests;

/// <summary>
/// The Dapr runtime as `dapr init` sets it up: Redis, placement and scheduler, and any number of sidecars over one folder of resources.
/// All are on the machine's own network.
/// </summary>
internal sealed class Dapr : IAsyncDisposable
{
    private const string Version = "1.17.13";
    private const int RedisPort = 6379;
    private const int PlacementPort = 50005;
    private const int SchedulerPort = 50006;

    private readonly List<IContainer> _containers = [];

    private Dapr()
    {
        // The runtime's images run as a user of their own.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Data, (UnixFileMode)0b111_111_111);
    }

    /// <summary>Where sidecars run: files named in resources are relative to it.</summary>
    public string Data { get; } = Directory.CreateTempSubdirectory("dapr-").FullName;

    /// <summary>Starts what sidecars need.</summary>
    public static async Task<Dapr> StartAsync(CancellationToken cancellation)
    {
        var dapr = new Dapr();
        try
        {
            await dapr.RunAsync("redis:8-alpine", b => b, ["redis-server", "--port", Text(RedisPort)], cancellation);
            await dapr.RunAsync(
                $"daprio/placement:{Version}", b => b,
                ["/placement", "--port", Text(PlacementPort), "--healthz-port", Text(FreePort()), "--metrics-port", Text(FreePort())],
                cancellation);
            await dapr.RunAsync($"daprio/scheduler:{Version}", dapr.InData,
                [
                    "/scheduler", "--port", Text(SchedulerPort), "--healthz-port", Text(FreePort()), "--metrics-port", Text(FreePort()),
                    "--etcd-data-dir", "/data/scheduler", "--override-broadcast-host-port", $"127.0.0.1:{SchedulerPort}"],
                cancellation);
            foreach (var port in new[] { RedisPort, PlacementPort, SchedulerPort })
                await ListensAsync(port, cancellation);
            return dapr;
        }
        catch
        {
            await dapr.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a sidecar; its HTTP address.</summary>
    /// <param name="appId">Its app.</param>
    /// <param name="appPort">Where the app listens, or will.</param>
    /// <param name="resources">Folder of resources.</param>
    /// <param name="grpcPort">Where it serves gRPC.</param>
    /// <param name="more">More of daprd's flags.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Uri> SidecarAsync(string appId, int appPort, string resources, int grpcPort, IEnumerable<string> more, CancellationToken cancellation)
    {
        var port = FreePort();
        string[] command =
        [
            "/daprd", "--app-id", appId, "--app-port", Text(appPort), "--resources-path", "/resources", "--dapr-http-port", Text(port),
            "--dapr-grpc-port", Text(grpcPort),
            "--dapr-internal-grpc-port", Text(FreePort()), "--metrics-port", Text(FreePort()), "--placement-host-address", $"127.0.0.1:{PlacementPort}",
            "--scheduler-host-address", $"127.0.0.1:{SchedulerPort}", .. more,
        ];
        await RunAsync($"daprio/daprd:{Version}", b => InData(b).WithBindMount(resources, "/resources"), command, cancellation);
        await ListensAsync(port, cancellation);
        return new Uri($"http://127.0.0.1:{port}");
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the containers have logged, to explain a failure.</summary>
    public async Task<string> LogsAsync()
    {
        var text = new StringBuilder();
        foreach (var container in _containers)
        {
            var (output, errors) = await container.GetLogsAsync();
            text.AppendLine(container.Name).AppendLine(output).AppendLine(errors);
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var container in Enumerable.Reverse(_containers))
            await container.DisposeAsync();
    }

    // SQLite files are named relative to the working directory, and two sidecars share one.
    private ContainerBuilder InData(ContainerBuilder builder) =>
        builder.WithBindMount(Data, "/data").WithCreateParameterModifier(parameters => parameters.WorkingDir = "/data");

    private async Task RunAsync(string image, Func<ContainerBuilder, ContainerBuilder> configure, string[] command, CancellationToken cancellation)
    {
        var builder = new ContainerBuilder(image)
            .WithCommand(command)
            // The address a sidecar tells the others.
            .WithEnvironment("DAPR_HOST_IP", "127.0.0.1")
            .WithCreateParameterModifier(parameters => (parameters.HostConfig ??= new HostConfig()).NetworkMode = "host");
        var container = configure(builder).Build();
        _containers.Add(container);
        await container.StartAsync(cancellation);
    }

    private static async Task ListensAsync(int port, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellation);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100, cancellation);
            }
        }
    }
}
