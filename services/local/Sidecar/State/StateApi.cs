using System.Globalization;

namespace Gateway.Local.Sidecar.State;

/// <summary>The state API's rules, shared by every surface that offers it: the HTTP one turns JSON into these calls and nothing more.</summary>
internal sealed class StateApi(StateStores stores)
{
    private const string Mismatch = "possible etag mismatch. error from state store";

    public StateValue? Get(string appId, string store, string key)
    {
        var found = stores.Find(appId, store);
        StateStores.CheckKey(store, key);
        return found.Get(key);
    }

    public IReadOnlyList<StateValue?> GetMany(string appId, string store, IReadOnlyList<string> keys)
    {
        var found = stores.Find(appId, store);
        foreach (var key in keys)
            StateStores.CheckKey(store, key);
        return found.GetMany(keys);
    }

    public async Task SaveAsync(string appId, string store, IReadOnlyList<StateWrite> writes)
    {
        var found = Checked(appId, store, writes);
        if (!await found.SaveAsync(writes))
            throw new SidecarFault(409, "ERR_STATE_SAVE", $"failed saving state in state store {store}: {Mismatch}");
    }

    public async Task DeleteAsync(string appId, string store, StateWrite deletion)
    {
        var found = Checked(appId, store, [deletion]);
        if (!await found.SaveAsync([deletion]))
            throw new SidecarFault(409, "ERR_STATE_DELETE", $"failed deleting state with key {deletion.Key}: {Mismatch}");
    }

    public async Task TransactAsync(string appId, string store, IReadOnlyList<StateWrite> writes)
    {
        var found = Checked(appId, store, writes);
        if (!await found.TransactAsync(writes))
            throw new SidecarFault(500, "ERR_STATE_TRANSACTION", $"error while executing state transaction: {Mismatch}");
    }

    /// <summary>The metadata <c>ttlInSeconds</c> of an item.</summary>
    /// <exception cref="SidecarFault">It is no number of seconds.</exception>
    public static long? TimeToLive(string? text, string store, string errorCode)
    {
        if (text is null)
            return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) && seconds >= -1
            ? seconds
            : throw new SidecarFault(500, errorCode, $"failed saving state in state store {store}: incorrect value for metadata ttlInSeconds: {text}");
    }

    private StateStore Checked(string appId, string store, IReadOnlyList<StateWrite> writes)
    {
        var found = stores.Find(appId, store);
        foreach (var write in writes)
            StateStores.CheckKey(store, write.Key);
        return found;
    }
}
