using Gateway.Local.Sidecar;
using Gateway.Local.Sidecar.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Conformance;

/// <summary>Our runtime with one app, to be stopped and started again over the same data.</summary>
internal sealed class OwnRuntime : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("sidecar-").FullName;
    private SidecarRuntime? _runtime;

    public HttpClient A { get; private set; } = null!;

    public HttpClient B { get; private set; } = null!;

    public string DataDirectory => _data;

    public SidecarRuntime Runtime => _runtime!;

    public string? DaprApiToken { get; init; }

    public string? AppApiToken { get; init; }

    public AppHealthCheck? AppHealth { get; init; }

    public IReadOnlyList<string>? AtOnce { get; init; }

    public string Components { get; init; } = RepositoryFiles.Path("tests", "Gateway.Tests", "Conformance", "resources");

    public SidecarOptions Options => new(_data, Components, DaprApiToken, AppApiToken, AppHealth: AppHealth, AtOnce: AtOnce);

    public async Task StartAsync(IReadOnlyList<string>? appIds = null)
    {
        _runtime = await SidecarRuntime.StartAsync(Options, appIds ?? ["a", "b"], TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        A = SidecarPair.Client(_runtime.HttpEndpoint((appIds ?? ["a", "b"])[0]));
        B = SidecarPair.Client(_runtime.HttpEndpoint((appIds ?? ["a", "b"])[^1]));
    }

    public Task AttachAsync(string appId, TestApp app) => _runtime!.AttachAsync(appId, app.Address, CancellationToken.None);

    /// <summary>A number from the runtime's own file.</summary>
    public long Scalar(string sql)
    {
        using var session = new Session(Path.Combine(_data, "sidecar.db"));
        return session.Scalar(sql);
    }

    public async Task StopAsync()
    {
        A.Dispose();
        B.Dispose();
        await _runtime!.DisposeAsync();
        _runtime = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_runtime is not null)
            await StopAsync();
        Directory.Delete(_data, recursive: true);
    }
}
