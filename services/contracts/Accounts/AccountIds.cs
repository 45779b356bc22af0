using System.Buffers;

namespace Gateway.Contracts.Accounts;

/// <summary>Ids of accounts: a key's is the key's id, a team's and an organisation's carry a prefix.</summary>
public static class AccountIds
{
    public const string TeamPrefix = "team:";
    public const string OrganizationPrefix = "org:";
    private const int MaxLength = 64;

    private static readonly SearchValues<char> Characters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-:");

    /// <summary>Whether this may be the id of an account: what else a caller sends has no place in the path of a call.</summary>
    public static bool IsPossible(string id) => id.Length is > 0 and <= MaxLength && !id.AsSpan().ContainsAnyExcept(Characters);

    public static bool IsTeam(string id) => id.StartsWith(TeamPrefix, StringComparison.Ordinal);

    public static bool IsOrganization(string id) => id.StartsWith(OrganizationPrefix, StringComparison.Ordinal);

    /// <summary>Groups sum up what their members' keys used; the events themselves stand in the keys' accounts.</summary>
    public static bool IsGroup(string id) => IsTeam(id) || IsOrganization(id);
}
