using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.SidecarProcess;

/// <summary>
/// What stands beside one replica: invocations go straight to a replica of the other service, everything else to the store. Nothing reaches
/// the service before it was asked for its actors, as daprd does.
/// <code>
///   service --Http, Grpc--> | --invoke--> another's Inbound
///                           | --rest----> the store's gate
///   others  --Inbound-----> | ----------> service
/// </code>
/// </summary>
internal static class ReplicaSidecar
{
    private const string Invoke = "/v1.0/invoke/";

    public static async Task<int> RunAsync(Topology topology, string name)
    {
        var own = topology.Replicas.Single(r => r.Name == name);
        var store = topology.Store[own.App];
        var service = $"http://127.0.0.1:{own.AppPort}";
        using var http = Forwarding.CreateClient();
        var liveness = new Liveness(topology.Replicas, http);
        var asked = AskAsync(http, service);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, own.Http);
            kestrel.Listen(IPAddress.Loopback, own.Inbound);
            kestrel.Listen(IPAddress.Loopback, own.Grpc, listen => listen.Protocols = HttpProtocols.Http2);
        });
        await using var app = builder.Build();
        app.Run(async context =>
        {
            var path = context.Request.Path.ToUriComponent() + context.Request.QueryString;
            var port = context.Connection.LocalPort;
            if (port == own.Inbound)
            {
                if (asked.IsCompletedSuccessfully)
                    await Forwarding.SendAsync(context, http, service + path, endsCleanly: false);
                else
                    context.Abort();
            }
            else if (port == own.Grpc)
            {
                await Forwarding.SendAsync(context, http, $"http://127.0.0.1:{store.Grpc}{path}", endsCleanly: false);
            }
            else if (path.StartsWith("/v1.0/healthz", StringComparison.Ordinal))
            {
                context.Response.StatusCode = StatusCodes.Status204NoContent;
            }
            else if (path.StartsWith(Invoke, StringComparison.Ordinal) && path[Invoke.Length..].Split("/method", 2) is [var target, var method])
            {
                if (liveness.Next(target) is { } replica)
                    await Forwarding.SendAsync(context, http, $"http://127.0.0.1:{replica.Inbound}{method}", endsCleanly: true);
                else
                    await Forwarding.FailAsync(context, "ERR_DIRECT_INVOKE", $"failed to invoke, id: {target}, err: couldn't find service: {target}");
            }
            else
            {
                var gate = $"http://127.0.0.1:{store.Gate}{path}";
                await Forwarding.SendAsync(context, http, gate, endsCleanly: false, more: (StoreProcess.ReplicaHeader, own.Name));
            }
        });
        await app.StartAsync();
        liveness.Start();
        Console.WriteLine("listening");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task AskAsync(HttpMessageInvoker http, string service)
    {
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service + "/dapr/config"));
                using var answer = await http.SendAsync(request, CancellationToken.None);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50);
            }
        }
    }
}
