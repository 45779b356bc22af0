using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Hosting;

namespace Gateway.Ingress.Relay;

/// <summary>Routes that have said how long they are not to be asked, or that have no credentials: for a while they are tried last.</summary>
internal sealed class RouteRests(TimeProvider time)
{
    /// <summary>Whatever a provider says, it is asked again after this.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>Of a provider that the gateway has no credentials for: not every request shall find that out anew.</summary>
    private static readonly TimeSpan WithoutCredentials = TimeSpan.FromSeconds(30);

    private readonly ExpiringMap<(string Provider, string Model), bool> _resting = new(time);

    public void Note(ModelRoute route, RouteOutcome.Failed failure)
    {
        if (failure.HasNoCredentials)
            _resting.Set(KeyOf(route), true, WithoutCredentials);
        if (failure.Kind is not (ErrorKind.ProviderRateLimited or ErrorKind.ProviderOverloaded) || failure.RetryAfterSeconds is not > 0)
            return;
        var rest = TimeSpan.FromSeconds(failure.RetryAfterSeconds.Value);
        _resting.Set(KeyOf(route), true, rest < Longest ? rest : Longest);
    }

    /// <summary>The same routes, those that rest behind the others.</summary>
    public IReadOnlyList<ModelRoute> Order(IReadOnlyList<ModelRoute> routes) =>
        _resting.IsEmpty || routes.Count == 1 || !routes.Any(Rests) ? routes : [.. routes.OrderBy(Rests)];

    private static (string Provider, string Model) KeyOf(ModelRoute route) => (route.Entry.Provider, route.Entry.Model);

    private bool Rests(ModelRoute route) => _resting.TryGet(KeyOf(route), out _);
}
