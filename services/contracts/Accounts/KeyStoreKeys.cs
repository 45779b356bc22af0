using System.Security.Cryptography;
using System.Text;

namespace Gateway.Contracts.Accounts;

/// <summary>Keys within the state store <c>keys</c>.</summary>
public static class KeyStoreKeys
{
    public const string Identity = "identity";

    /// <summary>A <see cref="KeyRecord"/> by its key's hash.</summary>
    public static string OfHash(string hash) => "hash:" + hash;

    /// <summary>An <see cref="AdminRecord"/> by its key's hash.</summary>
    public static string OfAdmin(string hash) => "admin:" + hash;

    /// <summary>The <see cref="Accounts.AccessGroups"/>; there are none where there is no record.</summary>
    public const string AccessGroups = "access-groups";

    /// <summary>The <see cref="RuleSet"/>; there are no rules where there is no record.</summary>
    public const string Rules = "rules";

    /// <summary>A <see cref="GroupRecord"/> by the group's id.</summary>
    public static string OfGroup(string id) => "group:" + id;

    /// <summary>A document of managed settings by whose it is.</summary>
    public static string OfSettings(string id) => "settings:" + id;

    /// <summary>Which documents of managed settings there are.</summary>
    public const string SettingsIndex = "settings-index";

    /// <summary>The index's version: what is looked at to see whether anything has changed.</summary>
    public const string SettingsVersion = "settings-version";

    /// <summary>A <see cref="UserRecord"/> by the user's id.</summary>
    public static string OfUser(string id) => "account:" + id;

    /// <summary>The id of a user by what the identity provider calls him.</summary>
    public static string OfSubject(string issuer, string subject) =>
        "subject:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{issuer}\n{subject}")));

    /// <summary>A <see cref="TokenRecord"/> by its token's hash.</summary>
    public static string OfToken(string hash) => "token:" + hash;
}
