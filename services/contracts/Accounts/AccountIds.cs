namespace Gateway.Contracts.Accounts;

/// <summary>Ids of accounts: a key's is the key's id, a team's and an organisation's carry a prefix.</summary>
public static class AccountIds
{
    public const string TeamPrefix = "team:";
    public const string OrganizationPrefix = "org:";

    public static bool IsTeam(string id) => id.StartsWith(TeamPrefix, StringComparison.Ordinal);

    public static bool IsOrganization(string id) => id.StartsWith(OrganizationPrefix, StringComparison.Ordinal);

    /// <summary>Groups sum up what their members' keys used; the events themselves stand in the keys' accounts.</summary>
    public static bool IsGroup(string id) => IsTeam(id) || IsOrganization(id);
}
