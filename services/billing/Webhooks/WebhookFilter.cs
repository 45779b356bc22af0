using System.Text.Json.Serialization;
using Gateway.Billing.Usage;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Webhooks;

/// <summary>As the parameters of the feed. What is said of model, provider and outcome leaves out events of usage only.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WebhookFilter
{
    /// <summary>Only this key's.</summary>
    /// <example>key_4QmVXb2s</example>
    public string? KeyId { get; init; }

    /// <summary>Only this team's.</summary>
    /// <example>team:7FhXk2Qp</example>
    public string? TeamId { get; init; }

    /// <summary>Only of this model, by its id in the catalog.</summary>
    /// <example>anthropic/claude-sonnet-4.5</example>
    public string? Model { get; init; }

    /// <summary>Only of this provider.</summary>
    /// <example>anthropic</example>
    public string? Provider { get; init; }

    /// <summary>Only what ended so.</summary>
    /// <example>completed</example>
    public RequestOutcome? Outcome { get; init; }

    internal bool Passes(FeedEvent e) =>
        (KeyId is null || e.IsOf(KeyId))
        && (TeamId is null || e.IsOf(TeamId))
        && (e.Usage is not { } usage
            || ((Model is null || usage.Model == Model) && (Provider is null || usage.Provider == Provider) && (Outcome is null || usage.Outcome == Outcome)));
}
