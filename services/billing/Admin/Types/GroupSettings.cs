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

    /// <summary>
    /// The models that its keys may use: ids, beginnings of ids followed by one <c>*</c>, or <c>group:</c> and the name of an access group; nothing allows
    /// every model. What a key may use its own list, its team's and its organisation's all allow.
    /// </summary>
    /// <example>["anthropic/*","demo/*"]</example>
    public IReadOnlyList<string>? Models { get; init; }

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

    /// <summary>What new keys and users of it get, where their creation does not say.</summary>
    /// <example>{"key":{"limits":{"requestsPerMinute":60}},"user":{"budget":{"amount":10,"currency":"USD","period":"week"}}}</example>
    public GroupDefaults? Defaults { get; init; }

    /// <summary>
    /// Of an organisation: for how many days events, roll-ups of days and what has been counted are kept of all its keys and teams, 8 to 3650; nothing: as
    /// <c>GATEWAY_RETENTION_DAYS</c> says. What is older goes within a day, and its sums stay.
    /// </summary>
    public int? RetentionDays { get; init; }

    /// <summary>At most 50 names of 64 characters with texts of 512.</summary>
    /// <example>{"costCenter":"42"}</example>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What the group's account is told of it.</summary>
    public AccountSettings ToAccount() => new()
    {
        Limits = Limits,
        Budget = Budget,
        SafeguardsModel = SafeguardsModel,
        Groups = Parent is null ? null : [Parent],
        RetentionDays = RetentionDays,
    };
}
