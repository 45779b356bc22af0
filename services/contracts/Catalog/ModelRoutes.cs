namespace Gateway.Contracts.Catalog;

/// <summary>A model's routes, grouped by priority.</summary>
public sealed class ModelRoutes
{
    private readonly ModelRoute[][] _groups;

    internal ModelRoutes(ModelEntry model, IReadOnlyDictionary<string, ProviderEntry> providers)
    {
        _groups = [.. model.Routes
            .Select((entry, position) => (
                Priority: entry.Priority ?? position,
                Route: new ModelRoute(entry, providers[entry.Provider], entry.Price ?? model.Price)))
            .GroupBy(r => r.Priority)
            .OrderBy(g => g.Key)
            .Select(g => g.Select(r => r.Route).ToArray())];
        InOrder = [.. _groups.SelectMany(g => g)];
        _shared = _groups.Any(g => g.Length > 1);
    }

    private readonly bool _shared;

    /// <summary>All routes by priority, without sharing.</summary>
    public IReadOnlyList<ModelRoute> InOrder { get; }

    /// <summary>The routes to try for one request: by priority, and among equals in a random order by weight.</summary>
    public IReadOnlyList<ModelRoute> Draw(Random random)
    {
        if (!_shared)
            return InOrder;
        var order = new List<ModelRoute>(InOrder.Count);
        foreach (var group in _groups)
        {
            var left = group.ToList();
            while (left.Count > 1)
            {
#pragma warning disable CA5394 // Load sharing, not a secret.
                var ticket = random.Next(left.Sum(r => r.Entry.Weight));
#pragma warning restore CA5394
                var i = 0;
                while ((ticket -= left[i].Entry.Weight) >= 0)
                    i++;
                order.Add(left[i]);
                left.RemoveAt(i);
            }

            order.Add(left[0]);
        }

        return order;
    }
}
