using System.Text.Json;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>The answer to <c>GET /dapr/subscribe</c>. Names are compared without case: the .NET SDK writes <c>pubsubName</c>.</summary>
internal static class SubscriptionReader
{
    /// <exception cref="FormatException">The answer is no list of subscriptions.</exception>
    public static IReadOnlyList<TopicSubscription> Read(byte[] body)
    {
        try
        {
            var entries = JsonSerializer.Deserialize(body, SidecarJson.Default.ProgrammaticSubscriptionArray) ?? [];
            return [.. entries.Select(Convert)];
        }
        catch (JsonException error)
        {
            throw new FormatException($"GET /dapr/subscribe did not give a list of subscriptions: {error.Message}", error);
        }
    }

    private static TopicSubscription Convert(ProgrammaticSubscription entry)
    {
        var rules = entry.Routes?.Rules?.Where(r => !string.IsNullOrEmpty(r.Match)).Select(r => RouteRule.Parse(r.Match!, r.Path ?? "")).ToList() ?? [];
        var fallback = entry.Routes is null
            ? entry.Route
            : entry.Routes.Default ?? entry.Routes.Rules?.FirstOrDefault(r => string.IsNullOrEmpty(r.Match))?.Path;
        var raw = entry.Metadata?.FirstOrDefault(p => p.Key.Equals("rawPayload", StringComparison.OrdinalIgnoreCase)).Value;
        var isRaw = string.Equals(raw, "true", StringComparison.OrdinalIgnoreCase);
        return new TopicSubscription(
            entry.PubSubName ?? "", entry.Topic ?? "", rules, fallback ?? "", entry.DeadLetterTopic, isRaw, Declarative: false)
            .InBulk(entry.BulkSubscribe?.Enabled == true, entry.BulkSubscribe?.MaxMessagesCount, entry.BulkSubscribe?.MaxAwaitDurationMs);
    }

    internal sealed record ProgrammaticSubscription(
        string? PubSubName, string? Topic, string? Route, RouteTable? Routes, Dictionary<string, string>? Metadata, string? DeadLetterTopic,
        Bulk? BulkSubscribe);

    internal sealed record Bulk(bool Enabled, int? MaxMessagesCount, int? MaxAwaitDurationMs);

    internal sealed record RouteTable(string? Default, IReadOnlyList<Rule>? Rules);

    internal sealed record Rule(string? Match, string? Path);
}
