using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>What an admin decides about a rule, and a merge patch (RFC 7396) changes.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RuleSettings
{
    /// <summary>For people; 1 to 200 characters.</summary>
    /// <example>dear models</example>
    public string? Name { get; init; }

    /// <summary>The key, team or organisation whose requests it is for; nothing: everybody's. It is given at creation and stays.</summary>
    public string? Scope { get; init; }

    /// <summary>
    /// What it counts by: <c>model</c>, <c>provider</c>, <c>user</c>, <c>tag:</c> and the name of a tag, or <c>group:</c> and the name of an access group.
    /// It is given at creation and stays.
    /// </summary>
    /// <example>model</example>
    public string? By { get; init; }

    /// <summary>
    /// The one value it is for: a model's id or alias, or the beginning of ids followed by one <c>*</c>; a provider; a user, in plain or as events have him;
    /// a tag's. Nothing: each has the same limits and budget by itself. Not with a group, which is counted as a whole. It is given at creation and stays.
    /// </summary>
    /// <example>demo/*</example>
    public string? Value { get; init; }

    /// <summary>What may be used, of each value.</summary>
    /// <example>{"requestsPerMinute":60,"concurrentRequests":8}</example>
    public KeyLimits? Limits { get; init; }

    /// <summary>What may be spent, on each value.</summary>
    /// <example>{"amount":100,"currency":"USD","period":"month"}</example>
    public KeyBudget? Budget { get; init; }
}
