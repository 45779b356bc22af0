using Gateway.Contracts.Names;

namespace Gateway.AdminConsole.Pages.Accounts;

/// <summary>What pages say of teams and what of organisations, which are otherwise alike.</summary>
public sealed record GroupKind(string Name, string One, string Plural, string Api, string Hint)
{
    public static GroupKind Team { get; } = new(
        "team", "a team", "Teams", "/teams", "A team has keys, and limits and a budget that they share. Make one below, then keys for it.");

    public static GroupKind Organization { get; } = new(
        "organisation", "an organisation", "Organisations", "/organizations", "An organisation has teams, and limits and a budget that they share.");

    public bool IsTeam => this == Team;

    /// <summary>Where the list of them is.</summary>
    public string Page => InternalRoutes.Console + Api;
}
