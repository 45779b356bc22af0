using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin;

/// <summary>From where on events are delivered anew: one of the two.</summary>
/// <example>{"since":"2026-11-28T00:00:00Z"}</example>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record WebhookReplayRequest
{
    /// <summary>Events from this time on.</summary>
    /// <example>2026-11-28T00:00:00Z</example>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Events behind this place of the feed.</summary>
    public string? After { get; init; }
}
