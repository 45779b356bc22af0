using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>A rule as the admin API shows it.</summary>
internal sealed record RuleView
{
    /// <summary>Begins with <c>rule:</c>.</summary>
    /// <example>rule:8sKq2Ld0</example>
    public required string Id { get; init; }

    /// <summary>For people.</summary>
    /// <example>dear models</example>
    public string? Name { get; init; }

    /// <summary>When it was made.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The key, team or organisation whose requests it is for; left out where it is for everybody's.</summary>
    /// <example>team:7FhXk2Qp</example>
    public string? Scope { get; init; }

    /// <summary>What it counts by.</summary>
    /// <example>model</example>
    public required string By { get; init; }

    /// <summary>The one value it is for; left out where each is counted by itself, or a group as a whole.</summary>
    /// <example>demo/*</example>
    public string? Value { get; init; }

    /// <summary>What may be used, of each value.</summary>
    /// <example>{"requestsPerMinute":60}</example>
    public KeyLimits? Limits { get; init; }

    /// <summary>What may be spent, on each value.</summary>
    /// <example>{"amount":100,"currency":"USD","period":"month","enforcement":"strict"}</example>
    public KeyBudget? Budget { get; init; }

    /// <summary>How limits and budget stand, where there is one account; those of several are at <c>/accounts</c>. Not in lists, nor after a change.</summary>
    /// <example>{"requests":{"limit":60,"remaining":59,"resetsAt":"2026-11-29T08:00:01+00:00"},"slotsHeld":1}</example>
    public AccountStatus? Status { get; init; }

    public static RuleView Of(RuleRecord rule) => new()
    {
        Id = rule.Id,
        Name = rule.Name,
        CreatedAt = rule.CreatedAt,
        Scope = rule.Scope,
        By = rule.By,
        Value = rule.Value,
        Limits = rule.Limits,
        Budget = rule.Budget,
    };
}
