namespace Gateway.Billing.Webhooks;

/// <summary>A webhook as the admin API shows it.</summary>
internal sealed record WebhookView
{
    /// <summary>What calls and the audit trail name it by.</summary>
    /// <example>wh_8KqZ2Lmc</example>
    public required string Id { get; init; }

    /// <summary>What deliveries are signed with: in the answer to its creation and rotation only.</summary>
    public string? Secret { get; init; }

    /// <summary>The first characters of the secret.</summary>
    /// <example>whsec_Xb</example>
    public required string SecretPrefix { get; init; }

    /// <summary>For people.</summary>
    /// <example>billing system</example>
    public string? Name { get; init; }

    /// <summary>Where events are posted to.</summary>
    /// <example>https://billing.example.com/hooks/gateway</example>
    public string? Url { get; init; }

    /// <summary>Which events; left out: those of usage.</summary>
    /// <example>["gateway.usage.recorded.v1"]</example>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>The team or organisation that they are about; left out: everything.</summary>
    public string? Scope { get; init; }

    /// <summary>Only what passes it.</summary>
    public WebhookFilter? Filter { get; init; }

    /// <summary>How many events a delivery has at most.</summary>
    /// <example>100</example>
    public required int BatchSize { get; init; }

    /// <summary>For how many hours a delivery is tried.</summary>
    /// <example>72</example>
    public required int GiveUpHours { get; init; }

    /// <summary>When it was made.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when nothing is sent, until it is resumed.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>When it was deleted.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Until when the secret before this one signs, too.</summary>
    public DateTimeOffset? PreviousSecretExpiresAt { get; init; }

    /// <summary>How it stands; not in lists, nor after a change.</summary>
    public WebhookStatus? Status { get; init; }

    public static WebhookView Of(WebhookRecord webhook) => new()
    {
        Id = webhook.Id,
        SecretPrefix = webhook.SecretPrefix,
        Name = webhook.Settings.Name,
        Url = webhook.Settings.Url,
        Types = webhook.Settings.Types,
        Scope = webhook.Settings.Scope,
        Filter = webhook.Settings.Filter,
        BatchSize = webhook.Settings.BatchSize ?? WebhookSettings.DefaultBatchSize,
        GiveUpHours = webhook.Settings.GiveUpHours ?? WebhookSettings.DefaultGiveUpHours,
        CreatedAt = webhook.CreatedAt,
        PausedAt = webhook.PausedAt,
        DeletedAt = webhook.DeletedAt,
        PreviousSecretExpiresAt = webhook.Secrets.Max(s => s.ValidUntil),
    };
}
