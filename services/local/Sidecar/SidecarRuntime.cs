using Gateway.Local.Sidecar.Actors;
using Gateway.Local.Sidecar.Grpc;
using Gateway.Local.Sidecar.Http;
using Gateway.Local.Sidecar.Invocation;
using Gateway.Local.Sidecar.PubSub;
using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Secrets;
using Gateway.Local.Sidecar.State;
using Gateway.Local.Sidecar.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Local.Sidecar;

/// <summary>
/// A sidecar for each app, in this process, over one SQLite file. Start, give each app its endpoint, start the app, attach it; at the end
/// drain, stop the apps, dispose.
/// </summary>
internal sealed class SidecarRuntime : IAsyncDisposable
{
    private readonly Dictionary<string, Sidecar> _sidecars = new(StringComparer.Ordinal);
    private readonly HttpMessageInvoker _http = AppTransport.Create();
    private readonly SidecarOptions _options;
    private readonly ResourceSet _resources;
    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Broker _broker;
    private readonly ActorRuntime _actors;
    private readonly StateStores _stores;
    private readonly Dictionary<string, AppChannel> _apps;
    private readonly Invoker _invoker;
    private readonly TaskCompletionSource<Exception> _panicked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _cleaning;

    private SidecarRuntime(
        SidecarOptions options, ResourceSet resources, Database database, IReadOnlyList<string> appIds, TimeProvider time, ILoggerFactory logs)
    {
        _options = options;
        _resources = resources;
        _database = database;
        _time = time;
        _log = logs.CreateLogger("Gateway.Local.Sidecar");
        _broker = new Broker(resources, database, time, appIds);
        _stores = new StateStores(resources, database, time);
        _actors = new ActorRuntime(_stores, database, time, _log);
        _apps = appIds.ToDictionary(id => id, id => new AppChannel(id, _http, options.AppApiToken), StringComparer.Ordinal);
        _invoker = new Invoker(_apps, _http, resources.Tracing, options);
    }

    /// <summary>Reads the components, opens the data and binds the ports of each app.</summary>
    /// <exception cref="SidecarStartException">A component file is broken, or the data directory cannot be used.</exception>
    public static async Task<SidecarRuntime> StartAsync(
        SidecarOptions options, IReadOnlyList<string> appIds, TimeProvider time, ILoggerFactory logs, CancellationToken cancellation)
    {
        var resources = ResourceLoader.Load(options.ComponentsDirectory, options.Tracing);
        var runtime = new SidecarRuntime(options, resources, Database.Open(options.DataDirectory, time), appIds, time, logs);
        try
        {
            await runtime.BindAsync(logs, cancellation);
            return runtime;
        }
        catch
        {
            await runtime.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes where a daprd would have died of a fault of its own.</summary>
    public Task<Exception> Panicked => _panicked.Task;

    /// <summary>Where this app's sidecar listens; for its <c>DAPR_HTTP_ENDPOINT</c>.</summary>
    public Uri HttpEndpoint(string appId) => _sidecars[appId].Server.Address;

    /// <summary>Where it answers gRPC, in plain-text HTTP/2; for the app's <c>DAPR_GRPC_ENDPOINT</c>.</summary>
    public Uri GrpcEndpoint(string appId) => _sidecars[appId].GrpcServer.Address;

    /// <summary>For the clients of this app: what it calls in this process goes there without a socket, the rest to <paramref name="sockets"/>.</summary>
    public HttpMessageHandler Invocations(string appId, HttpMessageHandler sockets) =>
        new DirectInvocation(_invoker, _apps, _apps[appId], _options) { InnerHandler = sockets };

    /// <summary>The app listens: asks it for its actors and subscriptions, and begins to serve them.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="appAddress">Where it listens.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <param name="door">To its server without a socket, if it is in this process.</param>
    /// <exception cref="SidecarStartException">It gave an answer that cannot be understood.</exception>
    public async Task AttachAsync(string appId, Uri appAddress, CancellationToken cancellation, HttpMessageHandler? door = null)
    {
        var sidecar = _sidecars[appId];
        if (sidecar.Health is { } former)
            await former.DisposeAsync();
        sidecar.App.Attach(appAddress, door);
        try
        {
            var config = await AskAsync(sidecar.App, "/dapr/config", cancellation) is { } settings ? ActorConfig.Read(settings) : ActorConfig.None;
            var subscriptions = _resources.SubscriptionsOf(appId).Select(s => s.Subscription).ToList();
            if (await AskAsync(sidecar.App, "/dapr/subscribe", cancellation) is { } wanted)
            {
                // One subscription a topic: the app's own wins over a declared one.
                var own = SubscriptionReader.Read(wanted);
                subscriptions.RemoveAll(declared => own.Any(s => s.PubSub == declared.PubSub && s.Topic == declared.Topic));
                subscriptions.AddRange(own);
            }

            if (_options.AtOnce is { } atOnce)
                subscriptions = subscriptions.ConvertAll(s => s with { AtOnce = atOnce.Contains(s.Topic) });
            sidecar.Status.Subscriptions = subscriptions;
            // Whoever was there before has let go of everything, so that nothing but what it had in hand comes twice.
            if (sidecar.Subscriber is { } before)
                await before.DisposeAsync();
            var subscriber = new Subscriber(
                sidecar.App, subscriptions, _resources, _database, _broker, _time, _log, error => Panic(sidecar, error));
            sidecar.Subscriber = subscriber;
            _actors.Attach(sidecar.App, config);
            await _broker.SubscribeAsync(subscriber);
            sidecar.Status.IsReady = true;
            if (_options.AppHealth is { } check)
                sidecar.Health = new AppHealth(sidecar.App, check, _time, subscriber.Set);
            else
                subscriber.Set(true);
        }
        catch (Exception error) when (error is FormatException or HttpRequestException)
        {
            throw new SidecarStartException($"app '{appId}' at {appAddress}: {error.Message}", error);
        }
    }

    /// <summary>Begins nothing new of its own, and waits for deliveries and turns under way. Invocation goes on, for streams that still run.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        foreach (var sidecar in _sidecars.Values)
        {
            if (sidecar.Subscriber is { } subscriber)
                await subscriber.DrainAsync(cancellation);
        }

        await _actors.DrainAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
        {
            await Task.WhenAll(_sidecars.Values.SelectMany(s => new[] { s.Server, s.GrpcServer }).Select(s => s.StopAsync(patience.Token)));
        }

        foreach (var sidecar in _sidecars.Values)
        {
            if (sidecar.Health is { } health)
                await health.DisposeAsync();
            if (sidecar.Subscriber is { } subscriber)
                await subscriber.DisposeAsync();
            await sidecar.Server.DisposeAsync();
            await sidecar.GrpcServer.DisposeAsync();
        }

        if (_cleaning is not null)
            await _cleaning.DisposeAsync();
        await _actors.DisposeAsync();
        await _database.DisposeAsync();
        _http.Dispose();
    }

    private async Task BindAsync(ILoggerFactory logs, CancellationToken cancellation)
    {
        var state = new StateApi(_stores);
        var secrets = new SecretStores(_resources);
        foreach (var app in _apps.Values)
        {
            var status = new AppStatus();
            var surface = new SidecarHttp(app, _options, _resources, _invoker, state, _broker, _actors, secrets, status, _log);
            var grpc = SidecarGrpc.Build(new SidecarGrpc(app, state, _broker, secrets), _options, logs);
            var (http1, http2) = _options.Ports?.GetValueOrDefault(app.AppId) ?? (0, 0);
            var sidecar = new Sidecar(
                app,
                new SidecarServer(surface.HandleAsync, HttpProtocols.Http1, http1, _options, logs),
                new SidecarServer(grpc, HttpProtocols.Http2, http2, _options, logs),
                status);
            _sidecars.Add(app.AppId, sidecar);
            await sidecar.Server.StartAsync(cancellation);
            await sidecar.GrpcServer.StartAsync(cancellation);
        }

        await _stores.RemoveExpiredAsync();
        _cleaning = _time.CreateTimer(_ => _ = _stores.RemoveExpiredAsync(), null, TimeSpan.FromHours(1), TimeSpan.FromHours(1));
    }

    /// <summary>One app's sidecar is gone, as a process would be.</summary>
    private void Panic(Sidecar sidecar, Exception error)
    {
        Log.Panicked(_log, error, sidecar.App.AppId);
        _ = StopAsync();

        async Task StopAsync()
        {
            await Task.WhenAll(sidecar.Server.StopAsync(new CancellationToken(true)), sidecar.GrpcServer.StopAsync(new CancellationToken(true)));
            _panicked.TrySetResult(error);
        }
    }

    private async Task<byte[]?> AskAsync(AppChannel app, string path, CancellationToken cancellation)
    {
        var headers = new KeyValuePair<string, string>[] { new("Dapr-App-Id", app.AppId) };
        var answer = await app.CallAsync(HttpMethod.Get, path, null, "application/json", headers, cancellation);
        if (answer.IsSuccess)
            return answer.Body;
        // Not every app has actors or subscriptions. Dapr takes any failure here for "none", which deserves at least a line.
        if (answer.Status != 404)
            Log.AppRefused(_log, app.AppId, path, answer.Status);
        return null;
    }

    private sealed class Sidecar(AppChannel app, SidecarServer server, SidecarServer grpcServer, AppStatus status)
    {
        public AppChannel App { get; } = app;

        public SidecarServer Server { get; } = server;

        public SidecarServer GrpcServer { get; } = grpcServer;

        public AppStatus Status { get; } = status;

        public Subscriber? Subscriber { get; set; }

        public AppHealth? Health { get; set; }
    }
}
