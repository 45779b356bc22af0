using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>A team or an organisation as the admin API shows it.</summary>
public sealed record GroupView
{
    /// <summary>Begins with <c>team:</c> or <c>org:</c>.</summary>
    /// <example>team:7FhXk2Qp</example>
    public required string Id { get; init; }

    /// <summary>For people.</summary>
    /// <example>search</example>
    public string? Name { get; init; }

    /// <summary>A team's organisation.</summary>
    public string? Parent { get; init; }

    /// <summary>When it was made.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When all its keys end.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Since when its keys are refused until it is resumed.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>When it was deleted; its keys are refused from then on.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>The models that its keys may use, as far as their own lists allow; left out where that is every model.</summary>
    /// <example>["anthropic/*"]</example>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>What all keys of the group may use together.</summary>
    /// <example>{"requestsPerMinute":600}</example>
    public KeyLimits? Limits { get; init; }

    /// <summary>What all keys of the group may spend together.</summary>
    /// <example>{"amount":500,"currency":"USD","period":"month","enforcement":"strict"}</example>
    public KeyBudget? Budget { get; init; }

    /// <summary>The model that judges the tool calls of Claude Code's auto mode where the provider of the answer does not.</summary>
    /// <example>demo/echo</example>
    public string? SafeguardsModel { get; init; }

    /// <summary>What new keys and users of it get, where their creation does not say; those of an organisation are for its teams that say nothing.</summary>
    /// <example>{"key":{"limits":{"requestsPerMinute":60}}}</example>
    public GroupDefaults? Defaults { get; init; }

    /// <summary>Of an organisation: for how many days events of all in it are kept, where it says so itself.</summary>
    /// <example>730</example>
    public int? RetentionDays { get; init; }

    /// <summary>As it was given.</summary>
    /// <example>{"costCenter":"42"}</example>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>How its limits and budget stand; not in lists, nor after a change.</summary>
    /// <example>{"requests":{"limit":600,"remaining":599,"resetsAt":"2026-11-29T08:00:01+00:00"},"slotsHeld":1}</example>
    public AccountStatus? Status { get; init; }
}
