namespace Gateway.Contracts.Accounts;

/// <summary>Keys within the state store <c>keys</c>.</summary>
public static class KeyStoreKeys
{
    public const string Identity = "identity";

    /// <summary>A <see cref="KeyRecord"/> by its key's hash.</summary>
    public static string OfHash(string hash) => "hash:" + hash;

    /// <summary>An <see cref="AdminRecord"/> by its key's hash.</summary>
    public static string OfAdmin(string hash) => "admin:" + hash;

    /// <summary>A <see cref="GroupRecord"/> by the group's id.</summary>
    public static string OfGroup(string id) => "group:" + id;
}
