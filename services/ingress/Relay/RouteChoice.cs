using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Managed;

namespace Gateway.Ingress.Relay;

/// <summary>Which model a name means for a key, and which routes the key may take to it.</summary>
internal sealed class RouteChoice(CatalogSource catalog, RouteRests rests, SettingsCopy settings)
{
    /// <exception cref="GatewayException">There is none of that name, there are several, or the key may not use it.</exception>
    public (ModelEntry Model, ModelRoutes Routes) ModelFor(KeyRecord key, string requested)
    {
        var current = catalog.Current;
        var model = KnownModels.Find(current, key, settings.RulesOf(key), requested);
        return (model, RoutesOf(current, model));
    }

    /// <exception cref="GatewayException">All its providers are in clouds of which the catalog does not say where.</exception>
    public static ModelRoutes RoutesOf(ModelCatalog catalog, ModelEntry model)
    {
        var routes = catalog.RoutesOf(model);
        return routes.InOrder.Count > 0
            ? routes
            : throw new GatewayException(
                ErrorKind.NotFound,
                $"model: no provider of {model.Id} is set up. The operator of the gateway gives one of {Providers(model)} its region, project or resource.");
    }

    private static string Providers(ModelEntry model) => string.Join(", ", model.Routes.Select(r => r.Provider).Distinct());

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
            : throw GatewayException.Invalid(
                $"model: this API key is limited to native routes, and {model.Id} has none. GET /v1/models lists what it may use.");
    }
}
