namespace Gateway.AdminConsole.Pages.Webhooks;

/// <summary>A webhook as the admin API shows it.</summary>
public sealed record Webhook
{
    public required string Id { get; init; }

    /// <summary>What deliveries are signed with: in the answer to its creation and rotation only.</summary>
    public string? Secret { get; init; }
    public string? SecretPrefix { get; init; }
    public string? Name { get; init; }
    public string Url { get; init; } = "";

    /// <summary>Null: those of usage.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>The team or organisation that they are about; null: everything.</summary>
    public string? Scope { get; init; }
    public WebhookFilter? Filter { get; init; }
    public int BatchSize { get; init; }
    public int GiveUpHours { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? PausedAt { get; init; }
    public DateTimeOffset? PreviousSecretExpiresAt { get; init; }

    /// <summary>Not in lists.</summary>
    public WebhookStatus? Status { get; init; }

    public string Called => Name is { Length: > 0 } ? Name : Url;
}
