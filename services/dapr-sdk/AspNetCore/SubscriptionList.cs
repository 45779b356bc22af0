using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging;

namespace Dapr.AspNetCore;

/// <summary>The subscriptions that an app's endpoints declare, one for each topic.</summary>
internal static class SubscriptionList
{
    private sealed record Declaration(ITopicMetadata Topic, RoutePattern Pattern, IReadOnlyList<IOriginalTopicMetadata> Metadata);

    public static List<Subscription> Of(IEnumerable<Endpoint> endpoints, SubscribeOptions? options, ILogger logger) =>
    [
        .. endpoints.OfType<RouteEndpoint>()
            .SelectMany(Declarations)
            .GroupBy(d => (d.Topic.PubsubName, d.Topic.Name))
            .Select(topic => Combine([.. topic.OrderBy(d => d.Topic.Priority)], options, logger))
            .OrderBy(s => s.PubsubName, StringComparer.Ordinal).ThenBy(s => s.Topic, StringComparer.Ordinal),
    ];

    private static IEnumerable<Declaration> Declarations(RouteEndpoint endpoint)
    {
        var metadata = endpoint.Metadata.GetOrderedMetadata<IOriginalTopicMetadata>();
        return endpoint.Metadata.GetOrderedMetadata<ITopicMetadata>()
            .Where(topic => topic.Name is not null)
            .Select(topic => new Declaration(topic, endpoint.RoutePattern, [.. metadata.Where(m => IsOf(topic, m))]));
    }

    private static bool IsOf(ITopicMetadata topic, IOriginalTopicMetadata metadata) =>
        string.IsNullOrEmpty(metadata.Id) || (topic as IOwnedOriginalTopicMetadata)?.OwnedMetadatas?.Contains(metadata.Id) == true;

    private static Subscription Combine(List<Declaration> declarations, SubscribeOptions? options, ILogger logger)
    {
        var first = declarations[0].Topic;
        var rules = declarations.Where(d => !string.IsNullOrEmpty(d.Topic.Match)).Select(d => new SubscriptionRule(d.Topic.Match, Path(d.Pattern))).ToList();
        var defaults = declarations.Where(d => string.IsNullOrEmpty(d.Topic.Match)).Select(d => Path(d.Pattern)).ToList();
        if (defaults.Count > 1) logger.DuplicateDefault(first.Name, first.PubsubName);
        if (declarations.Where(d => !string.IsNullOrEmpty(d.Topic.Match)).GroupBy(d => d.Topic.Priority).Any(g => g.Count() > 1))
            logger.DuplicatePriority(first.Name, first.PubsubName);

        var route = defaults.FirstOrDefault();
        return new Subscription(
            first.Name,
            first.PubsubName,
            rules.Count == 0 ? route : null,
            rules.Count == 0 ? null : new SubscriptionRoutes(rules, route),
            Metadata(declarations, options),
            declarations.Select(d => (d.Topic as IDeadLetterTopicMetadata)?.DeadLetterTopic).FirstOrDefault(t => t is not null));
    }

    private static Dictionary<string, string>? Metadata(List<Declaration> declarations, SubscribeOptions? options)
    {
        var separator = declarations.Select(d => (d.Topic as IOwnedOriginalTopicMetadata)?.MetadataSeparator).FirstOrDefault(s => !string.IsNullOrEmpty(s)) ?? ",";
        var metadata = declarations.SelectMany(d => d.Metadata)
            .GroupBy(m => m.Name)
            .ToDictionary(m => m.Key, m => string.Join(separator, m.Select(entry => entry.Value).Distinct()));
        if (options?.EnableRawPayload == true || declarations.Any(d => (d.Topic as IRawTopicMetadata)?.EnableRawPayload == true))
            metadata["rawPayload"] = "true";
        return metadata.Count == 0 ? null : metadata;
    }

    // Literal segments only: Dapr posts to a fixed path.
    private static string Path(RoutePattern pattern) =>
        string.Join('/', pattern.PathSegments.Select(s => string.Concat(s.Parts.Cast<RoutePatternLiteralPart>().Select(p => p.Content))));
}
