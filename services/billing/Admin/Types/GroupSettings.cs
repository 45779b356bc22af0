using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>What an admin decides about a team or an organisation: the body of its creation, and what a merge patch (RFC 7396) changes.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record GroupSettings
{
    /// <summary>
    /// For people; 1 to 200 characters. No other organisation, or no other team of the organisation, has it, whatever its capitals; a deleted one gives it
    /// free.
    /// </summary>
    /// <example>search</example>
    public string? Name { get; init; }

    /// <summary>A team's organisation. It is given at creation and stays: the keys' records name it.</summary>
    public string? Parent { get; init; }

    /// <summary>When all its keys end, in the future; nothing never ends them.</summary>
    /// <example>2027-01-01T00:00:00Z</example>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What all keys of the group may use together.</summary>
    /// <example>{"requestsPerMinute":600,"outputTokensPerMinute":200000}</example>
    public KeyLimits? Limits { get; init; }

    /// <summary>What all keys of the group may spend together.</summary>
    /// <example>{"amount":500,"currency":"USD","period":"month"}</example>
    public KeyBudget? Budget { get; init; }

    /// <summary>
    /// The model that judges the tool calls of Claude Code's auto mode where the provider of the answer does not: an id or alias of the catalog,
    /// <c>none</c> for none; nothing: that of a team's organisation, then the catalog's; a key's own comes first.
    /// </summary>
    /// <example>demo/echo</example>
    public string? SafeguardsModel { get; init; }

    /// <summary>At most 50 names of 64 characters with texts of 512.</summary>
    /// <example>{"costCenter":"42"}</example>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What the group's account is told of it.</summary>
    public AccountSettings ToAccount() => new() { Limits = Limits, Budget = Budget, SafeguardsModel = SafeguardsModel };
}
