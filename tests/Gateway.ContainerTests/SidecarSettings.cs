namespace Gateway.ContainerTests;

/// <summary>One sidecar. It is started anew with the same ports.</summary>
/// <param name="AppId">Its app.</param>
/// <param name="AppPort">Where the app listens, or will.</param>
/// <param name="HttpPort">Where it serves HTTP.</param>
/// <param name="GrpcPort">Where it serves gRPC.</param>
/// <param name="InternalPort">Where other sidecars call it.</param>
/// <param name="MetricsPort">Where it shows its metrics.</param>
/// <param name="Resources">Folder of resources.</param>
/// <param name="Configuration">Name of the file in that folder that is its Configuration; null: none.</param>
/// <param name="More">More of daprd's flags.</param>
internal sealed record SidecarSettings(
    string AppId,
    int AppPort,
    int HttpPort,
    int GrpcPort,
    int InternalPort,
    int MetricsPort,
    string Resources,
    string? Configuration,
    IReadOnlyList<string> More)
{
    public Uri Address => new($"http://127.0.0.1:{HttpPort}");
}
