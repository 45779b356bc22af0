using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>What an admin decides about a key, and a merge patch (RFC 7396) changes.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal record KeySettings
{
    /// <summary>For people; 1 to 200 characters.</summary>
    /// <example>search-ci</example>
    public string? Name { get; init; }

    /// <summary>
    /// Catalog ids, beginnings of ids followed by one <c>*</c>, each meaning a model of the catalog, or <c>group:</c> and the name of an access group; at
    /// most 500; nothing allows every model that its team and organisation do.
    /// </summary>
    /// <example>["anthropic/*"]</example>
    public IReadOnlyList<string>? Models
    {
        get;
        init => (field, SaysModels) = (value, true);
    }

    /// <summary>Only routes that pass bytes through unchanged.</summary>
    public bool NativeOnly { get; init; }

    /// <summary>What the key may use.</summary>
    /// <example>{"requestsPerMinute":60,"concurrentRequests":8}</example>
    public KeyLimits? Limits
    {
        get;
        init => (field, SaysLimits) = (value, true);
    }

    /// <summary>What the key may spend.</summary>
    /// <example>{"amount":25,"currency":"USD","period":"day","enforcement":"strict"}</example>
    public KeyBudget? Budget
    {
        get;
        init => (field, SaysBudget) = (value, true);
    }

    /// <summary>The team the key belongs to, whose limits and budget hold as well.</summary>
    public string? TeamId { get; init; }

    /// <summary>When the key ends, in the future; nothing never ends it.</summary>
    /// <example>2027-01-01T00:00:00Z</example>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What happens to an answer whose client has left: <c>estimate</c> (default), <c>drain</c> or <c>void</c>.</summary>
    /// <example>drain</example>
    public DisconnectPolicy OnDisconnect { get; set; } = DisconnectPolicy.Estimate;

    /// <summary>Adds <c>cost</c> and other gateways' token names to the <c>usage</c> of answers.</summary>
    public bool ExtendedUsage { get; init; }

    /// <summary>
    /// For how many seconds, 0 to 60, a request may wait for a limit that has nothing left and will have in time, instead of being refused; nothing: not
    /// at all.
    /// </summary>
    /// <example>20</example>
    public int? QueueSeconds
    {
        get;
        init => (field, SaysQueueSeconds) = (value, true);
    }

    /// <summary>
    /// The model that judges the tool calls of Claude Code's auto mode where the provider of the answer does not: an id or alias of the catalog,
    /// <c>none</c> for none; nothing: that of the team, the organisation or the catalog.
    /// </summary>
    /// <example>demo/echo</example>
    public string? SafeguardsModel { get; init; }

    /// <summary>
    /// How users, sessions and agents stand in usage events and reports: <c>hash</c> (default), a keyed hash that is always the same for the same id,
    /// or <c>plain</c>.
    /// </summary>
    /// <example>plain</example>
    public UserIdForm UserIds { get; set; } = UserIdForm.Hash;

    /// <summary>
    /// The names of the tags that requests may have, at most 100; others are left out and named in the answer's <c>gateway-dropped</c>. Nothing
    /// allows any, an empty list none.
    /// </summary>
    /// <example>["project","env"]</example>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Copied into each usage event: at most 50 names of 64 characters with texts of 512.</summary>
    /// <example>{"costCenter":"42"}</example>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Whether the member was said, be it <c>null</c>: then no default takes its place.</summary>
    internal bool SaysModels { get; private init; }
    internal bool SaysLimits { get; private init; }
    internal bool SaysBudget { get; private init; }
    internal bool SaysQueueSeconds { get; private init; }
}
