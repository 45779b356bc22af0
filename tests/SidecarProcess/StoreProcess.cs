using System.Collections.Concurrent;
using System.Net;

namespace Gateway.Tests.SidecarProcess;

/// <summary>
/// State, topics, reminders and placement, for all replicas. Each actor lives on one of those alive; one that moves is deactivated where
/// it was, if that still answers, and from then on nothing is written by what it left behind.
/// </summary>
internal static class StoreProcess
{
    public const string ReplicaHeader = "x-replica";

    public static async Task<int> RunAsync(Topology topology)
    {
        using var http = Forwarding.CreateClient();
        var placement = new Placement(new Liveness(topology.Replicas, http), http);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            foreach (var port in topology.Store.Values.SelectMany(s => new[] { s.Gate, s.Router }))
                kestrel.Listen(IPAddress.Loopback, port);
        });
        await using var app = builder.Build();
        app.Run(async context =>
        {
            // The official actor client's paths begin with two slashes.
            var path = "/" + context.Request.Path.ToUriComponent().TrimStart('/') + context.Request.QueryString;
            var port = context.Connection.LocalPort;
            var (id, ports) = topology.Store.Single(s => s.Value.Gate == port || s.Value.Router == port);
            if (port == ports.Router)
                await RouteAsync(context, placement, http, id, path);
            else if (path.Split('/', '?') is ["", "v1.0", "actors", var type, var actor, "state", ..]
                && !placement.IsAt(type, Uri.UnescapeDataString(actor), context.Request.Headers[ReplicaHeader]))
                await Forwarding.FailAsync(context, "ERR_ACTOR_INSTANCE_MISSING", "actor instance is missing", StatusCodes.Status400BadRequest);
            else
                await Forwarding.SendAsync(context, http, $"http://127.0.0.1:{ports.Http}{path}", endsCleanly: false);
        });
        await using var sidecars = await AllSidecars.StartAsync(
            topology.Data, topology.Components, topology.Store.ToDictionary(s => s.Key, s => (s.Value.Http, s.Value.Grpc)));
        await app.StartAsync();
        placement.Start();
        await AllSidecars.AttachAsync(sidecars, topology.Store.ToDictionary(s => s.Key, s => s.Value.Router));
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task RouteAsync(HttpContext context, Placement placement, HttpMessageInvoker http, string app, string path)
    {
        var replica = path.Split('/', '?') is ["", "actors", var type, var actor, ..]
            ? await placement.PlaceAsync(app, type, Uri.UnescapeDataString(actor))
            : placement.Liveness.Next(app);
        if (replica is null)
            context.Abort();
        else
            await Forwarding.SendAsync(
                context, http, $"http://127.0.0.1:{replica.Inbound}{path}", endsCleanly: false, cancellation: placement.Liveness.UntilDead(replica));
    }

    private sealed class Placement(Liveness liveness, HttpMessageInvoker http)
    {
        /// <summary>How long daprd waits for its app when it hands actors over.</summary>
        private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(4);

        /// <summary>Longer than any test stops a process: one that goes on after it has heard of it by then.</summary>
        private static readonly TimeSpan PauseLimit = TimeSpan.FromSeconds(30);

        private readonly ConcurrentDictionary<(string Type, string Id), Replica> _placed = new();

        public Liveness Liveness => liveness;

        public void Start()
        {
            liveness.Died = replica =>
            {
                // As a daprd that finds its place in the cluster again: none of what it had before is left when it gets actors anew.
                List<Task> leaving = [];
                foreach (var (actor, at) in _placed)
                {
                    if (at == replica && _placed.TryRemove(new(actor, at)))
                        leaving.Add(DeactivateAsync(replica, actor, PauseLimit));
                }

                return Task.WhenAll(leaving);
            };
            liveness.Start();
        }

        public bool IsAt(string type, string id, string? replica) => _placed.TryGetValue((type, id), out var at) && at.Name == replica;

        /// <summary>Called between two turns of the actor.</summary>
        public async Task<Replica?> PlaceAsync(string app, string type, string id)
        {
            var chosen = liveness.Alive(app).MaxBy(r => HashCode.Of($"{r.Name}/{type}/{id}"));
            if (chosen is null)
                return null;
            if (_placed.TryGetValue((type, id), out var before) && before != chosen && _placed.TryRemove(new((type, id), before)))
                await DeactivateAsync(before, (type, id), DrainLimit);
            _placed[(type, id)] = chosen;
            return chosen;
        }

        private async Task DeactivateAsync(Replica replica, (string Type, string Id) actor, TimeSpan atMost)
        {
            using var limit = new CancellationTokenSource(atMost);
            try
            {
                using var request = new HttpRequestMessage(
                    HttpMethod.Delete, new Uri($"http://127.0.0.1:{replica.Inbound}/actors/{actor.Type}/{Uri.EscapeDataString(actor.Id)}"));
                using var answer = await http.SendAsync(request, limit.Token);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                // It is gone.
            }
        }
    }

    /// <summary>The same in every process and run.</summary>
    private static class HashCode
    {
        public static uint Of(string text) => text.Aggregate(2166136261u, (hash, c) => (hash ^ c) * 16777619u);
    }
}
