using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace Gateway.Samples;

/// <summary>
/// How another system reads the gateway's usage: a Dapr app of its own that knows nothing of the gateway but the topic and the event's
/// schema. Sums up the cost by key and currency; GET /totals shows it. Its app id must be in the scopes of the component "pubsub".
/// </summary>
public static class SubscriberHost
{
    public static WebApplication Build(string[] args)
    {
        var app = WebApplication.CreateSlimBuilder(args).Build();
        var seen = new ConcurrentDictionary<(string Request, string? Part), bool>();
        var totals = new SortedDictionary<string, decimal>(StringComparer.Ordinal);

        app.UseCloudEvents();
        app.MapSubscribeHandler();
        app.MapPost("/usage", (JsonElement e) =>
        {
            // Delivery is at least once: the request and its part tell whether this event has been counted.
            var part = e.TryGetProperty("part", out var p) ? p.GetString() : null;
            if (!seen.TryAdd((e.GetProperty("request_id").GetString()!, part), true))
                return;

            // No cost means that the price is unknown, which is not 0.
            if (!e.TryGetProperty("cost", out var cost))
                return;
            var amount = decimal.Parse(cost.GetProperty("amount").GetString()!, CultureInfo.InvariantCulture);
            var name = $"{e.GetProperty("key_id").GetString()} {cost.GetProperty("currency").GetString()}";
            lock (totals)
                totals[name] = totals.GetValueOrDefault(name) + amount;
        }).WithTopic("pubsub", "usage");
        app.MapGet("/totals", () =>
        {
            lock (totals)
                return totals.ToDictionary(t => t.Key, t => t.Value.ToString(CultureInfo.InvariantCulture));
        });
        return app;
    }
}
