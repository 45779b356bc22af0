namespace Gateway.ContainerTests;

/// <summary>What a self-hosted Dapr consists of: Redis, placement and scheduler, and any number of sidecars, all on ports of their own on 127.0.0.1.</summary>
internal interface IDapr : IAsyncDisposable
{
    /// <summary>Where sidecars run: files named in resources are relative to it.</summary>
    string Data { get; }

    /// <summary><c>redis://:password@host:port</c>, the password only where there is one.</summary>
    Uri Redis { get; }

    /// <summary>Starts the sidecar, and comes back when it listens.</summary>
    Task StartAsync(SidecarSettings sidecar, CancellationToken cancellation);

    /// <summary>SIGKILL.</summary>
    Task KillAsync(SidecarSettings sidecar);

    /// <summary>What everything has logged, to explain a failure.</summary>
    Task<string> LogsAsync();
}
