using System.Text.Json.Serialization;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Webhooks;

/// <summary>What an admin decides about a webhook: the body of its creation, and what a merge patch (RFC 7396) changes.</summary>
/// <example>{"name":"billing system","url":"https://billing.example.com/hooks/gateway","types":["gateway.usage.recorded.v1"]}</example>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WebhookSettings
{
    public const int DefaultBatchSize = 100;
    public const int MostBatchSize = 500;
    public const int DefaultGiveUpHours = 72;
    public const int MostGiveUpHours = 168;

    /// <summary>For people; at most 200 characters.</summary>
    /// <example>billing system</example>
    public string? Name { get; init; }

    /// <summary>
    /// Where events are posted to: https, without credentials in it. An address that is not of the Internet, or http, is taken where
    /// <c>GATEWAY_WEBHOOK_HOSTS</c> names the host.
    /// </summary>
    /// <example>https://billing.example.com/hooks/gateway</example>
    public string? Url { get; init; }

    /// <summary>Which events, by the type of their CloudEvent; nothing: those of usage.</summary>
    /// <example>["gateway.usage.recorded.v1","gateway.quota.warning.v1"]</example>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Only what is about this team or organisation and its keys; given at creation, it stays.</summary>
    /// <example>team:7FhXk2Qp</example>
    public string? Scope { get; init; }

    /// <summary>Only what passes it.</summary>
    public WebhookFilter? Filter { get; init; }

    /// <summary>How many events a delivery has at most: 1 to 500; 100, if nothing is said.</summary>
    /// <example>100</example>
    public int? BatchSize { get; init; }

    /// <summary>For how many hours a delivery is tried before it becomes a dead letter: 1 to 168; 72, if nothing is said.</summary>
    /// <example>72</example>
    public int? GiveUpHours { get; init; }

    /// <summary>At creation: from when on events are delivered, also of the past; nothing: from now on.</summary>
    public DateTimeOffset? Since { get; init; }

    [JsonIgnore] public bool WantsUsage => Types is null || Types.Contains(EventTypes.UsageRecorded);

    [JsonIgnore] public bool WantsNotices => Types?.Any(type => type != EventTypes.UsageRecorded) is true;

    public bool Wants(string type) => Types is { } types ? types.Contains(type) : type == EventTypes.UsageRecorded;
}
