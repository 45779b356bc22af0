using System.Net.Sockets;

namespace Gateway.ContainerTests;

/// <summary>
/// A test that needs a Docker engine on this Linux machine: the containers share its network, so that sidecars, services and brokers find
/// each other on localhost as they do in a self-hosted run.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactIfDockerAttribute : FactAttribute
{
    private const string Socket = "/var/run/docker.sock";

    public FactIfDockerAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "containers share the machine's network on Linux only";
        else if (!Answers())
            Skip = $"no Docker engine answers on {Socket}";
    }

    private static bool Answers()
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(FactIfDockerAttribute.Socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
