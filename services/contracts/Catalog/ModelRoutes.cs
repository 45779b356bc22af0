using Gateway.Contracts.Names;

namespace Gateway.Contracts.Catalog;

/// <summary>A model's routes, grouped by priority.</summary>
public sealed class ModelRoutes
{
    private readonly ModelRoute[][] _groups;

    internal ModelRoutes(ModelEntry model, CatalogFile file)
    {
        _groups = [.. model.Routes
            .Select((entry, position) => (Entry: entry, Provider: file.Providers[entry.Provider], Priority: entry.Priority ?? position))
            // The default catalog names every cloud; a gateway that uses none of them tries none of them.
            .Where(r => CloudAddress.IsComplete(r.Entry.Provider, r.Provider))
            .Select(r => (
                r.Priority,
                Route: new ModelRoute(
                    r.Entry, r.Provider,
                    WithSearch((r.Entry.Price ?? model.Price)?.Times(r.Entry.PriceFactor ?? r.Provider.PriceFactor), r.Provider, file.Search),
                    r.Entry.ContextTokens ?? model.ContextTokens)
                {
                    SafeguardsModel = r.Entry.SafeguardsModel ?? model.SafeguardsModel ?? file.SafeguardsModel,
                }))
            .GroupBy(r => r.Priority)
            .OrderBy(g => g.Key)
            .Select(g => g.Select(r => r.Route).ToArray())];
        InOrder = [.. _groups.SelectMany(g => g)];
        _shared = _groups.Any(g => g.Length > 1);
        AreShared = _shared || InOrder.Any(r => r.Provider.SecretNames.Count > 1);
    }

    /// <summary>What a provider charges for its own searches counts; where it says nothing, they are the gateway's.</summary>
    private static Price? WithSearch(Price? price, ProviderEntry provider, SearchEntry? search) =>
        price is { PerRequest: null or { WebSearch: null } } && !DialectNames.IsNative(provider.Dialect) && search?.FeeIn(price.Currency) is { } fee
            ? price with { PerRequest = (price.PerRequest ?? new PerRequest()) with { WebSearch = fee } }
            : price;

    private readonly bool _shared;

    /// <summary>All routes by priority, without sharing.</summary>
    public IReadOnlyList<ModelRoute> InOrder { get; }

    /// <summary>Whether equal routes, or credentials of one, share the requests.</summary>
    public bool AreShared { get; }

    /// <summary>The routes to try for one request: by priority, and those of one priority shared by weight.</summary>
    /// <param name="ticket">The same for the turns of a conversation, so that they stay together.</param>
    public IReadOnlyList<ModelRoute> Draw(ulong ticket) =>
        _shared
            ? [.. _groups.SelectMany(g => g.OrderBy(r => Share.Place(ticket, $"{r.Entry.Provider}/{r.Entry.Model}", r.Entry.Weight)))]
            : InOrder;
}
