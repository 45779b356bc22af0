using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>From what the identity provider says of somebody to a team and a role: the first rule that gives one counts, for each by itself.</summary>
internal static class SignInRules
{
    public static (string? TeamId, AdminRole? Role, IReadOnlyList<string>? Scope) Map(SignInSettings settings, UserIdentity identity)
    {
        var domain = identity.Domain();
        var matching = settings.Rules.Where(rule => Matches(rule, identity, domain)).ToList();
        var role = matching.Find(rule => rule.Role is not null);
        return (matching.Find(rule => rule.TeamId is not null)?.TeamId, role?.Role, role?.Scope);
    }

    private static bool Matches(SignInRule rule, UserIdentity identity, string? domain) =>
        (rule.Group is null || identity.Groups?.Contains(rule.Group, StringComparer.Ordinal) is true)
        && (rule.Domain is null || string.Equals(rule.Domain, domain, StringComparison.OrdinalIgnoreCase));
}
