using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Ingress.Managed;

namespace Gateway.Ingress.Keys;

/// <summary>From the name a client gives to the model it means.</summary>
internal static class KnownModels
{
    /// <exception cref="GatewayException">There is none, or the key may not use it. It says what else to ask for, among what the key may use.</exception>
    public static ModelEntry Find(ModelCatalog catalog, KeyRecord key, ModelRules? rules, string requested)
    {
        var model = catalog.Find(requested, out var ambiguous);
        if (ambiguous)
            throw new GatewayException(ErrorKind.NotFound, $"model: {requested} fits several models. Use one of the ids of GET /v1/models.");
        if (model is null)
            throw Unknown(catalog, key, rules, requested);
        if (rules?.MistakeIn(model) is { } setting)
            throw GatewayException.Invalid(
                $"model: your managed settings ({setting}) do not allow {requested}. GET /v1/models lists what you may use; an administrator can change them.");
        // No 403: Claude Code calls that a failed sign-in.
        return KeyPolicy.Allows(key, model)
            ? model
            : throw GatewayException.Invalid($"model: this API key may not use {requested}. GET /v1/models lists what it may use.");
    }

    /// <summary>With the names that are near, if there are any.</summary>
    public static GatewayException Unknown(ModelCatalog catalog, KeyRecord key, ModelRules? rules, string requested)
    {
        var near = catalog.Near(requested, model => KeyPolicy.Allows(key, model) && rules?.Allows(model) is not false);
        var hint = near.Count > 0 ? $" Did you mean {string.Join(" or ", near)}?" : "";
        return new(ErrorKind.NotFound, $"model: {requested} is not known to this gateway.{hint} GET /v1/models lists what this key may use.");
    }
}
