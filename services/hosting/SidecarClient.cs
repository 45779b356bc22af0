using Dapr.Client;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Hosting;

/// <summary>The official client of this service's sidecar, for state, publishing and secrets.</summary>
public static class SidecarClient
{
    /// <summary>
    /// gRPC's own goes up to two minutes: a service whose sidecar was away for one would be without keys for up to another when it is back. A try on this
    /// machine costs nothing.
    /// </summary>
    private static readonly TimeSpan LongestReconnectWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstReconnectWait = TimeSpan.FromMilliseconds(100);

    /// <summary>A <see cref="DaprClient"/> that finds a sidecar that is back within a second.</summary>
    public static IServiceCollection AddSidecarClient(this IServiceCollection services)
    {
        services.AddDaprClient((_, builder) => builder.UseGrpcChannelOptions(new GrpcChannelOptions
        {
            InitialReconnectBackoff = FirstReconnectWait,
            MaxReconnectBackoff = LongestReconnectWait,
            // As the client's own options have it: a call that is given up ends as one.
            ThrowOperationCanceledOnCancellation = true,
        }));
        return services;
    }
}
