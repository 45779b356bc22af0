namespace Gateway.Billing.Admin;

/// <summary>An access group as the admin API shows it.</summary>
public sealed record AccessGroupView
{
    /// <summary>What it is known by: <c>group:</c> and this name in a list of models means all of them.</summary>
    /// <example>fast</example>
    public required string Name { get; init; }

    /// <summary>Its models.</summary>
    /// <example>["anthropic/claude-haiku-4.5","openai/*"]</example>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>When it was made.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed; left out if it never was.</summary>
    public DateTimeOffset? ChangedAt { get; init; }
}
