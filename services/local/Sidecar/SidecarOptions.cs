namespace Gateway.Local.Sidecar;

/// <param name="DataDirectory">Where the SQLite file lies; made when missing.</param>
/// <param name="ComponentsDirectory">Dapr resources, one or more YAML files.</param>
/// <param name="DaprApiToken">Callers must send it as <c>dapr-api-token</c>; null: none asked for.</param>
/// <param name="AppApiToken">Sent to every app as <c>dapr-api-token</c>; null: none sent.</param>
/// <param name="MaxBodyBytes">Largest request body the sidecar takes (<c>--max-body-size</c>).</param>
/// <param name="ReadBufferBytes">Room for request headers (<c>--read-buffer-size</c>).</param>
/// <param name="Tracing">Whether a Configuration that asks for tracing is heard: without anybody to send traces to it would only cost.</param>
/// <param name="AppHealth">Null: every app that has been attached is taken for healthy.</param>
/// <param name="AtOnce">
/// Topics of a broker that has a bulk of its own, as Redis has not: what is published together comes in one call, and is stored where it is not taken.
/// </param>
/// <param name="Ports">Where the sidecars listen, by app id, for apps that outlive the runtime; without, on free ports.</param>
internal sealed record SidecarOptions(
    string DataDirectory,
    string ComponentsDirectory,
    string? DaprApiToken = null,
    string? AppApiToken = null,
    long MaxBodyBytes = 40L * 1024 * 1024,
    int ReadBufferBytes = 64 * 1024,
    bool Tracing = true,
    AppHealthCheck? AppHealth = null,
    IReadOnlyList<string>? AtOnce = null,
    IReadOnlyDictionary<string, (int Http, int Grpc)>? Ports = null)
{
    /// <summary>Go's read buffer has its own size in slack before it says 431.</summary>
    public int MaxHeaderBytes => ReadBufferBytes + 4096;
}
