using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>What a new key or user gets of which its creation says nothing; a <c>null</c> there says that it gets none.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DefaultSettings
{
    /// <summary>What it may use.</summary>
    /// <example>{"requestsPerMinute":60,"concurrentRequests":8}</example>
    public KeyLimits? Limits { get; init; }

    /// <summary>What it may spend.</summary>
    /// <example>{"amount":25,"currency":"USD","period":"day","enforcement":"strict"}</example>
    public KeyBudget? Budget { get; init; }

    /// <summary>The models it may use, as a key's.</summary>
    /// <example>["anthropic/*"]</example>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>For how many seconds its requests may wait for a limit that has nothing left, as a key's.</summary>
    /// <example>20</example>
    public int? QueueSeconds { get; init; }

    /// <summary>These, and what they do not say from the wider ones.</summary>
    public static DefaultSettings? Over(DefaultSettings? these, DefaultSettings? wider) => these is null || wider is null
        ? these ?? wider
        : new()
        {
            Limits = these.Limits ?? wider.Limits,
            Budget = these.Budget ?? wider.Budget,
            Models = these.Models ?? wider.Models,
            QueueSeconds = these.QueueSeconds ?? wider.QueueSeconds,
        };
}
