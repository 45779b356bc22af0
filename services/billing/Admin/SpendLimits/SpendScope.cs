using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>
/// Whose a limit is. A user is a key here, or a user, a group a team. Anthropic's organisation has no id; here there may be several, and the answer names it.
/// </summary>
internal sealed record SpendScope
{
    public const string User = "user";
    public const string Group = "rbac_group";
    public const string Organization = "organization";

    public required string Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? UserId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RbacGroupId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OrganizationId { get; init; }

    public static SpendScope Of(string accountId) =>
        AccountIds.IsOrganization(accountId) ? new() { Type = Organization, OrganizationId = accountId }
        : AccountIds.IsTeam(accountId) ? new() { Type = Group, RbacGroupId = accountId }
        : new() { Type = User, UserId = accountId };
}
