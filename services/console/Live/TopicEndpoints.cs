using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.AdminConsole.Shared;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Hosting;

namespace Gateway.AdminConsole.Live;

/// <summary>
/// Where the topics are delivered, as the subscriptions in <c>components/</c> say. Everything is taken: what is shown is a view, and an event that cannot be
/// read is no reason to be brought it again.
/// </summary>
internal static class TopicEndpoints
{
    private const string Success = "SUCCESS";

    public static void MapTopics(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILogger<LiveRequests>>();
        var requests = app.Services.GetRequiredService<LiveRequests>();
        var notices = app.Services.GetRequiredService<LiveNotices>();
        foreach (var (topic, take) in new (string, Action<JsonElement>)[]
        {
            (Topics.Usage, cloud => TakeRequest(cloud, requests)),
            (Topics.Quota, cloud => notices.Add(IdOf(cloud), Quota(cloud))),
            (Topics.Keys, cloud => notices.Add(IdOf(cloud), Key(Data<KeyChanged>(cloud)))),
            (Topics.Audit, cloud => notices.Add(IdOf(cloud), Audit(Data<AuditEvent>(cloud)))),
        })
        {
            app.MapPost($"{InternalRoutes.ConsoleEvents}/{topic}", async (HttpRequest request) =>
            {
                using var body = await RequestBodies.ReadAsync(request);
                try
                {
                    using var delivery = JsonDocument.Parse(body.WrittenMemory);
                    // Several at once, in Dapr's envelope for that, where a broker has a bulk of its own.
                    if (delivery.RootElement.ValueKind != JsonValueKind.Object || !delivery.RootElement.TryGetProperty("entries"u8, out var entries))
                    {
                        Take(delivery.RootElement);
                        return Answer(new JsonObject { ["status"] = Success });
                    }

                    var statuses = new JsonArray();
                    foreach (var entry in entries.EnumerateArray())
                    {
                        Take(entry.GetProperty("event"u8));
                        statuses.Add(new JsonObject { ["entryId"] = entry.GetProperty("entryId"u8).GetString(), ["status"] = Success });
                    }

                    return Answer(new JsonObject { ["statuses"] = statuses });
                }
                catch (Exception e) when (IsNoEvent(e))
                {
                    Log.NoEvent(log, topic, body.WrittenCount, e.Message);
                    return Answer(new JsonObject { ["status"] = Success });
                }

                void Take(JsonElement cloud)
                {
                    try
                    {
                        take(cloud);
                    }
                    catch (Exception e) when (IsNoEvent(e))
                    {
                        Log.NoEvent(log, topic, cloud.GetRawText().Length, e.Message);
                    }
                }
            });
        }
    }

    private static bool IsNoEvent(Exception e) => e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException;

    private static IResult Answer(JsonObject answer) => Results.Text(answer.ToJsonString(), "application/json");

    private static void TakeRequest(JsonElement cloud, LiveRequests requests)
    {
        var data = cloud.GetProperty("data");
        if (data.Deserialize(UsageJson.Default.UsageEvent) is { } e)
            requests.Add(e, data.GetRawText().Length);
    }

    private static LiveNotice Quota(JsonElement cloud)
    {
        switch (cloud.GetProperty("type").GetString())
        {
            case EventTypes.QuotaWarning:
                var warning = Data<BudgetWarning>(cloud);
                return new(
                    Topics.Quota, warning.Time, warning.AccountId,
                    $"{Whose(warning.Rule)}{warning.Percent} % of its budget of {warning.Amount} {warning.Currency} are spent"
                    + (warning.EndsOn is { } day ? $"; it ends on {day:yyyy-MM-dd}" : ""));
            case EventTypes.QuotaExceeded:
                var exceeded = Data<QuotaExceeded>(cloud);
                return new(Topics.Quota, exceeded.Time, exceeded.AccountId, Whose(exceeded.Rule) + "its budget is spent");
            default:
                var refused = Data<RequestsRefused>(cloud);
                return new(
                    Topics.Quota, refused.Time, refused.AccountId,
                    "refused requests: " + string.Join(", ", refused.Refused.Select(r => $"{r.Value} for {r.Key.Replace('_', ' ')}")));
        }
    }

    private static string Whose(CountedRule? rule) =>
        rule is null ? "" : $"{(rule.Name is { Length: > 0 } name ? name + ", " : "")}{Show.Counted(rule.By, rule.Value)}: ";

    private static LiveNotice Key(KeyChanged changed) =>
        new(Topics.Keys, changed.Time, changed.KeyId, $"key {changed.Key?.Name ?? changed.KeyId} {changed.Change}");

    private static LiveNotice Audit(AuditEvent change) =>
        new(Topics.Audit, change.Time, change.Target, $"{change.Action.Replace('_', ' ')} by {change.Actor.Name ?? change.Actor.Id}");

    private static string IdOf(JsonElement cloud) => cloud.GetProperty("id").GetString() ?? "";

    private static T Data<T>(JsonElement cloud) =>
        cloud.GetProperty("data").Deserialize<T>(JsonSerializerOptions.Web) ?? throw new JsonException("The event has no data.");
}
