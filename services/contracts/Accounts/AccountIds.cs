using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Contracts.Accounts;

/// <summary>Ids of accounts: a key's is the key's id; a user's, a team's, an organisation's, a rule's and a provider's carry a prefix.</summary>
public static class AccountIds
{
    public const string TeamPrefix = "team:";
    public const string OrganizationPrefix = "org:";
    public const string RulePrefix = "rule:";
    public const string UserPrefix = "user:";
    public const string ProviderPrefix = "provider:";

    /// <summary>
    /// Sums up what no organisation does: with the organisations' accounts that is all there is, each event once. No id that anybody sends has a dot, so
    /// it cannot be asked for, and no event names it.
    /// </summary>
    public const string NoOrganization = "sum.no-organization";

    private const int MaxLength = 64;

    /// <summary>A value's part of an id has this many bytes of its hash: so many that nobody finds two values with the same.</summary>
    private const int HashBytes = 16;

    /// <summary>No hash is as short.</summary>
    private const string SharedValue = "shared";

    private static readonly SearchValues<char> Characters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-:");

    /// <summary>Whether this may be the id of an account: what else a caller sends has no place in the path of a call.</summary>
    public static bool IsPossible(string id) => id.Length is > 0 and <= MaxLength && !id.AsSpan().ContainsAnyExcept(Characters);

    public static bool IsTeam(string id) => id.StartsWith(TeamPrefix, StringComparison.Ordinal);

    public static bool IsOrganization(string id) => id.StartsWith(OrganizationPrefix, StringComparison.Ordinal);

    /// <summary>Of a rule, or of one of its values.</summary>
    public static bool IsRule(string id) => id.StartsWith(RulePrefix, StringComparison.Ordinal);

    /// <summary>Somebody who signs in, and has no key.</summary>
    public static bool IsUser(string id) => id.StartsWith(UserPrefix, StringComparison.Ordinal);

    /// <summary>Of the calls that a provider takes at the same time.</summary>
    public static bool IsProvider(string id) => id.StartsWith(ProviderPrefix, StringComparison.Ordinal);

    public static bool IsGroup(string id) => IsTeam(id) || IsOrganization(id);

    /// <summary>Groups, rules and the account of what no organisation has sum up what keys used; the events themselves stand in the keys' accounts.</summary>
    public static bool IsSum(string id) => IsGroup(id) || IsRule(id) || id == NoOrganization;

    /// <summary>Of a value that a rule counts by itself.</summary>
    public static string OfValue(string rule, string value) => $"{rule}:{HashOf(value)}";

    /// <summary>Of a provider of the catalog; by its hash where its name has no place in an id.</summary>
    public static string OfProvider(string name) =>
        ProviderPrefix + name is var id && IsPossible(id) ? id : ProviderPrefix + HashOf(name);

    /// <summary>Of all values that have none of their own.</summary>
    public static string OfFurtherValues(string rule) => $"{rule}:{SharedValue}";

    private static string HashOf(string value) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(value)).AsSpan(0, HashBytes));

    /// <summary>The rule that an account of its values, or its only one, belongs to.</summary>
    public static string RuleOf(string id) => id.IndexOf(':', RulePrefix.Length) is > 0 and var end ? id[..end] : id;
}
