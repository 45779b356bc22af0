using System.Collections.Concurrent;
using System.Collections.Frozen;
using Gateway.Contracts.Catalog;

namespace Gateway.Ingress.Relay;

/// <summary>
/// What endpoints that speak the Messages API and are not Anthropic have been found not to know, by provider and model, so that only the first
/// request pays for finding out. It is forgotten after an hour: endpoints learn. An address does not tell what an endpoint knows, so nothing is
/// left out before a refusal; only Anthropic's own address does, whose answers go back as they are.
/// </summary>
internal sealed class NativeGaps(TimeProvider time)
{
    public const string Counter = "count_tokens";

    private const int MaxEntries = 1_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(string Provider, string Model), (FrozenSet<string> Without, DateTimeOffset Until)> _known = new();

    public static bool MayHaveGaps(ModelRoute route) =>
        route.IsNative && Uri.TryCreate(route.Provider.BaseUrl, UriKind.Absolute, out var url)
        && !url.Host.Equals("anthropic.com", StringComparison.OrdinalIgnoreCase) && !url.Host.EndsWith(".anthropic.com", StringComparison.OrdinalIgnoreCase);

    public FrozenSet<string> Of(ModelRoute route) =>
        _known.TryGetValue(Key(route), out var known) && known.Until > time.GetUtcNow() ? known.Without : [];

    /// <summary>After a request that went through without them.</summary>
    public void Remember(ModelRoute route, IEnumerable<string> without)
    {
        if (_known.Count < MaxEntries)
            _known[Key(route)] = (Of(route).Union(without).ToFrozenSet(), time.GetUtcNow() + Lifetime);
    }

    private static (string, string) Key(ModelRoute route) => (route.Entry.Provider, route.Entry.Model);
}
