namespace Gateway.Billing.Webhooks;

/// <summary>A webhook in the key directory, and what its actor is told of it.</summary>
public sealed record WebhookRecord
{
    public required string Id { get; init; }
    public required WebhookSettings Settings { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The first characters of its secret.</summary>
    public required string SecretPrefix { get; init; }
    public DateTimeOffset? PausedAt { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>The current secret, and those that still sign for a while.</summary>
    public required IReadOnlyList<WebhookSecret> Secrets { get; init; }
}
