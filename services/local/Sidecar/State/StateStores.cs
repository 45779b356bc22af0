using System.Text.Json.Nodes;
using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.State;

/// <summary>The state stores of the components folder. Whatever their type, they lie in the sidecar's own SQLite file, apart by name.</summary>
internal sealed class StateStores(ResourceSet resources, Database database, TimeProvider time)
{
    /// <exception cref="SidecarFault">No such store in this app's scope.</exception>
    public StateStore Find(string appId, string name)
    {
        var component = resources.State(appId, name) ?? throw new SidecarFault(
            400, "ERR_STATE_STORE_NOT_FOUND", $"state store {name} is not found",
            [SidecarFault.ErrorInfo("DAPR_STATE_NOT_FOUND", new KeyValuePair<string, string>("appID", appId))]);
        return new StateStore(name, Prefix(component, appId), database, time);
    }

    /// <summary>Actor state keys are written out in full by the actor runtime; null when the app has no actor state store.</summary>
    public StateStore? FindForActors(string appId) =>
        resources.ActorState(appId) is { } component ? new StateStore(component.Name, "", database, time) : null;

    /// <exception cref="SidecarFault">The key holds the separator.</exception>
    public static void CheckKey(string store, string key)
    {
        if (!key.Contains("||", StringComparison.Ordinal))
            return;
        const string Reason = "input key/keyPrefix '{0}' can't contain '||'";
        var message = string.Format(System.Globalization.CultureInfo.InvariantCulture, Reason, key);
        throw new SidecarFault(400, "ERR_MALFORMED_REQUEST", message,
        [
            SidecarFault.ErrorInfo("DAPR_STATE_ILLEGAL_KEY"),
            new JsonObject
            {
                ["@type"] = "type.googleapis.com/google.rpc.ResourceInfo",
                ["resource_type"] = "state",
                ["resource_name"] = store,
                ["owner"] = "",
                ["description"] = "",
            },
            new JsonObject
            {
                ["@type"] = "type.googleapis.com/google.rpc.BadRequest",
                ["field_violations"] = new JsonArray(new JsonObject { ["field"] = key, ["description"] = message }),
            },
        ]);
    }

    public Task<int> RemoveExpiredAsync() => database.WriteAsync(session =>
        session.Execute("DELETE FROM state WHERE expires IS NOT NULL AND expires <= $1", time.GetUtcNow().ToUnixTimeSeconds()));

    // NAMESPACE is never set here, and then "namespace" gives what "appid" gives.
    private static string Prefix(Component component, string appId) => component.Metadata.GetValueOrDefault("keyPrefix", "appid") switch
    {
        "" or "appid" or "namespace" => appId + "||",
        "name" => component.Name + "||",
        "none" => "",
        var other => other + "||",
    };
}
