using System.Globalization;

namespace Gateway.ContainerTests;

/// <summary>Command lines of Dapr 1.17's programs, without the program.</summary>
internal static class DaprCommands
{
    private const string PlacementId = "dapr-placement-0";
    private const string SchedulerId = "dapr-scheduler-server-0";

    public static IReadOnlyList<string> Placement(ControlPlanePorts ports) =>
    [
        "--id", PlacementId, "--initial-cluster", $"{PlacementId}=127.0.0.1:{ports.Raft}", "--port", Text(ports.Placement),
        "--healthz-port", Text(ports.PlacementHealth), "--metrics-port", Text(ports.PlacementMetrics),
    ];

    /// <param name="ports">Its ports, and those of the etcd inside it.</param>
    /// <param name="data">Folder of that etcd.</param>
    public static IReadOnlyList<string> Scheduler(ControlPlanePorts ports, string data) =>
    [
        "--id", SchedulerId, "--port", Text(ports.Scheduler), "--healthz-port", Text(ports.SchedulerHealth), "--metrics-port", Text(ports.SchedulerMetrics),
        "--etcd-data-dir", data, "--etcd-client-port", Text(ports.EtcdClient), "--etcd-initial-cluster", $"{SchedulerId}=http://127.0.0.1:{ports.EtcdPeer}",
        "--override-broadcast-host-port", $"127.0.0.1:{ports.Scheduler}",
    ];

    /// <param name="sidecar">The sidecar.</param>
    /// <param name="ports">Of its control plane.</param>
    /// <param name="resources">The folder of its resources as it sees it.</param>
    public static IReadOnlyList<string> Sidecar(SidecarSettings sidecar, ControlPlanePorts ports, string resources)
    {
        List<string> command =
        [
            "--app-id", sidecar.AppId, "--app-port", Text(sidecar.AppPort), "--resources-path", resources,
            "--dapr-http-port", Text(sidecar.HttpPort), "--dapr-grpc-port", Text(sidecar.GrpcPort),
            "--dapr-internal-grpc-port", Text(sidecar.InternalPort), "--metrics-port", Text(sidecar.MetricsPort),
            "--placement-host-address", $"127.0.0.1:{ports.Placement}", "--scheduler-host-address", $"127.0.0.1:{ports.Scheduler}",
        ];
        if (sidecar.Configuration is { } file)
            command.AddRange(["--config", $"{resources}/{file}"]);
        command.AddRange(sidecar.More);
        return command;
    }

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
