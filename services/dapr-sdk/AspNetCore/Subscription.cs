using System.Text.Json.Serialization;

namespace Dapr.AspNetCore;

/// <summary>What an app answers on <c>GET /dapr/subscribe</c>; the property order is the official one.</summary>
internal sealed record Subscription(
    string Topic,
    string PubsubName,
    string? Route,
    SubscriptionRoutes? Routes,
    Dictionary<string, string>? Metadata,
    string? DeadLetterTopic);

internal sealed record SubscriptionRoutes(List<SubscriptionRule> Rules, string? Default);

internal sealed record SubscriptionRule(string Match, string Path);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<Subscription>))]
internal sealed partial class SubscriptionJson : JsonSerializerContext;
