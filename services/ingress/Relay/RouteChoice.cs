using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Ingress.Keys;

namespace Gateway.Ingress.Relay;

/// <summary>Which model a name means for a key, and which routes the key may take to it.</summary>
internal sealed class RouteChoice(CatalogSource catalog, RouteRests rests)
{
    /// <exception cref="GatewayException">There is none of that name, there are several, or the key may not use it.</exception>
    public (ModelEntry Model, ModelRoutes Routes) ModelFor(KeyRecord key, string requested)
    {
        var current = catalog.Current;
        var model = current.Find(requested, out var ambiguous);
        if (ambiguous)
            throw new GatewayException(ErrorKind.NotFound, $"model: {requested} fits several models. Use one of the ids of GET /v1/models.");
        if (model is null)
            throw new GatewayException(ErrorKind.NotFound, $"model: {requested}");
        return KeyPolicy.Allows(key, model)
            ? (model, current.RoutesOf(model))
            : throw new GatewayException(ErrorKind.Permission, $"model: this API key may not use {requested}. GET /v1/models lists what it may use.");
    }

    /// <summary>In the order in which they are tried.</summary>
    /// <param name="all">Of the model.</param>
    /// <param name="affinity">Of the conversation, where equal routes share.</param>
    /// <exception cref="GatewayException">The key may take none of them.</exception>
    public IReadOnlyList<ModelRoute> RoutesFor(KeyRecord key, ModelEntry model, ModelRoutes all, ulong? affinity) =>
        rests.Order(Allowed(key, model, all.Draw(affinity ?? 0)));

    private static IReadOnlyList<ModelRoute> Allowed(KeyRecord key, ModelEntry model, IReadOnlyList<ModelRoute> routes)
    {
        if (!key.NativeOnly)
            return routes;
        var native = routes.Where(r => r.IsNative).ToList();
        return native.Count > 0
            ? native
            : throw new GatewayException(ErrorKind.Permission, $"model: this API key is limited to native routes, and {model.Id} has none.");
    }
}
