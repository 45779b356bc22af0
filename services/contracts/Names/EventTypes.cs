namespace Gateway.Contracts.Names;

/// <summary>CloudEvents <c>type</c> values.</summary>
public static class EventTypes
{
    public const string UsageRecorded = "gateway.usage.recorded.v1";

    /// <summary>A budget has refused a request for the first time in its period.</summary>
    public const string QuotaExceeded = "gateway.quota.exceeded.v1";

    /// <summary>Spend has reached a threshold of a budget for the first time in its period.</summary>
    public const string QuotaWarning = "gateway.quota.warning.v1";

    /// <summary>Requests of a key were refused for a limit, a budget or a price.</summary>
    public const string RequestsRefused = "gateway.requests.refused.v1";

    /// <summary>A key was created, changed, paused, resumed, rotated or revoked.</summary>
    public const string KeyChanged = "gateway.key.changed.v1";

    /// <summary>An admin has changed something.</summary>
    public const string AuditRecorded = "gateway.audit.recorded.v1";

    /// <summary>Nothing has happened: a webhook is tried out.</summary>
    public const string WebhookTest = "gateway.webhook.test.v1";
}
