using System.Text.Json;

namespace Gateway.Tests.SidecarProcess;

/// <summary>A gateway of many processes: what there is and where it listens. A file of it goes to each of them.</summary>
/// <param name="Data">The folder of the store.</param>
/// <param name="Components">The folder of Dapr resources.</param>
/// <param name="Replicas">All replicas of all services.</param>
/// <param name="Store">By app id.</param>
public sealed record Topology(string Data, string Components, IReadOnlyList<Replica> Replicas, IReadOnlyDictionary<string, StorePorts> Store)
{
    public static Topology Read(string path) => JsonSerializer.Deserialize<Topology>(File.ReadAllBytes(path))!;

    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this));
}

/// <summary>One replica of a service, and the sidecar beside it.</summary>
/// <param name="Name">Of the replica.</param>
/// <param name="App">The service's app id.</param>
/// <param name="AppPort">Where the service listens.</param>
/// <param name="Http">Where its sidecar answers it.</param>
/// <param name="Grpc">Where its sidecar answers it in gRPC.</param>
/// <param name="Inbound">Where others reach the service, through its sidecar.</param>
public sealed record Replica(string Name, string App, int AppPort, int Http, int Grpc, int Inbound);

/// <summary>The ports of one app at the store.</summary>
/// <param name="Http">The sidecar API.</param>
/// <param name="Grpc">The same as gRPC.</param>
/// <param name="Gate">The API for replicas, which are told apart here.</param>
/// <param name="Router">Stands for all replicas of the app.</param>
public sealed record StorePorts(int Http, int Grpc, int Gate, int Router);
