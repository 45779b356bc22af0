using System.Collections.Concurrent;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;

namespace Gateway.Ingress.Relay;

/// <summary>Routes that have said how long they are not to be asked: until then they are tried last.</summary>
internal sealed class RouteRests(TimeProvider time)
{
    /// <summary>Whatever a provider says, it is asked again after this.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(string Provider, string Model), long> _until = new();

    public void Note(ModelRoute route, RouteOutcome.Failed failure)
    {
        if (failure.Kind is not (ErrorKind.ProviderRateLimited or ErrorKind.ProviderOverloaded) || failure.RetryAfterSeconds is not > 0)
            return;
        var rest = TimeSpan.FromSeconds(failure.RetryAfterSeconds.Value);
        _until[KeyOf(route)] = time.GetTimestamp() + (long)((rest < Longest ? rest : Longest).TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>The same routes, those that rest behind the others.</summary>
    public IReadOnlyList<ModelRoute> Order(IReadOnlyList<ModelRoute> routes) =>
        _until.IsEmpty || routes.Count == 1 || !routes.Any(Rests) ? routes : [.. routes.OrderBy(Rests)];

    private static (string Provider, string Model) KeyOf(ModelRoute route) => (route.Entry.Provider, route.Entry.Model);

    private bool Rests(ModelRoute route)
    {
        if (!_until.TryGetValue(KeyOf(route), out var until))
            return false;
        if (time.GetTimestamp() < until)
            return true;
        _until.TryRemove(new(KeyOf(route), until));
        return false;
    }
}
