using System.Collections.Frozen;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;

namespace Gateway.Ingress.Relay;

/// <summary>
/// What endpoints that speak the Messages API and are not Anthropic have been found not to know, by provider and model, so that only the first
/// request pays for finding out. It is forgotten after an hour: endpoints learn. An address does not tell what an endpoint knows, so nothing is
/// left out before a refusal; only Anthropic's own address does, whose answers go back as they are.
/// </summary>
internal sealed class NativeGaps(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ExpiringMap<(string Provider, string Model), FrozenSet<string>> _known = new(time);

    private readonly ExpiringMap<(string Provider, string Model), bool> _counterless = new(time);

    /// <summary>Whether it has been found to count no tokens.</summary>
    public bool LacksCounter(ModelRoute route) => _counterless.TryGet(Key(route), out _);

    public void RememberLackOfCounter(ModelRoute route) => _counterless.Set(Key(route), true, Lifetime);

    public FrozenSet<string> Of(ModelRoute route) => _known.TryGet(Key(route), out var without) ? without : [];

    /// <summary>After a request that went through without them.</summary>
    public void Remember(ModelRoute route, IEnumerable<string> without) =>
        _known.Set(Key(route), Of(route).Union(without).ToFrozenSet(), Lifetime);

    private static (string, string) Key(ModelRoute route) => (route.Entry.Provider, route.Entry.Model);
}
