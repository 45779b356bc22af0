using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin;

/// <summary>
/// What new members of a team get. An organisation's are for the members of its teams, where the team says nothing. Those that are there already keep
/// what they have.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record GroupDefaults
{
    /// <summary>What new keys get.</summary>
    /// <example>{"limits":{"requestsPerMinute":60},"budget":{"amount":25,"period":"day"}}</example>
    public DefaultSettings? Key { get; init; }

    /// <summary>What new users get.</summary>
    /// <example>{"budget":{"amount":10,"period":"week"}}</example>
    public DefaultSettings? User { get; init; }
}
