using System.Net.Sockets;

namespace Gateway.ContainerTests;

/// <summary>Where the tests have their Dapr from: the programs that the environment names, else containers.</summary>
internal static class DaprSource
{
    private const string DockerSocket = "/var/run/docker.sock";

    /// <summary>Null when there is a Dapr to start, or one is named wrongly, which is for the test to say.</summary>
    public static string? Missing() => HasPrograms() ? null : DockerMissing() is { } reason
        ? $"no Dapr: DAPRD_PATH, PLACEMENT_PATH, SCHEDULER_PATH and REDIS_URL are not set, and {reason}"
        : null;

    public static async Task<IDapr> StartAsync(CancellationToken cancellation) =>
        DaprPrograms.From(Environment.GetEnvironmentVariable) is { } programs
            ? await DaprProcesses.StartAsync(programs, cancellation)
            : await DaprContainers.StartAsync(cancellation);

    private static bool HasPrograms()
    {
        try
        {
            return DaprPrograms.From(Environment.GetEnvironmentVariable) is not null;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private static string? DockerMissing()
    {
        if (!OperatingSystem.IsLinux())
            return "containers share the machine's network on Linux only";
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(DockerSocket));
            return null;
        }
        catch (SocketException)
        {
            return $"no Docker engine answers on {DockerSocket}";
        }
    }
}
