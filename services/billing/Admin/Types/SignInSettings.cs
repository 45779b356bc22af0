using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin;

/// <summary>Who may sign in, under which team, and as what admin.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SignInSettings
{
    public const int MaxRules = 500;

    /// <summary>
    /// At most 500. The first that matches and has a team gives the team, the first that matches and has a role gives the role. Whoever gets neither
    /// cannot sign in.
    /// </summary>
    public IReadOnlyList<SignInRule> Rules { get; init; } = [];
}
