using Dapr.Actors.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Hosting.Leases;

/// <summary>How a service comes to hold some of what accounts limit.</summary>
public static class LeaseServices
{
    /// <summary>Its leases, looked after while it runs, and how it calls actors.</summary>
    /// <param name="services">The service's.</param>
    /// <param name="holder">Its app id.</param>
    public static void AddAccountLeases(this IServiceCollection services, string holder)
    {
        services.AddActorProxies();
        services.AddSingleton<LeaseCounters>();
        services.AddSingleton(p => new AccountLeases(
            holder,
            p.GetRequiredKeyedService<IActorProxyFactory>(ActorProxies.Patient),
            p.GetRequiredService<LeaseCounters>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<AccountLeases>>()));
        services.AddHostedService(p => p.GetRequiredService<AccountLeases>());
    }
}
