using System.Text;
using System.Text.Json.Nodes;
using Gateway.Local.Sidecar.Actors;
using Gateway.Local.Sidecar.PubSub;
using Gateway.Local.Sidecar.Resources;

namespace Gateway.Local.Sidecar.Http;

/// <summary><c>/v1.0/metadata</c> and <c>/v1.0/healthz</c>.</summary>
internal sealed class MetadataEndpoints(AppChannel app, ResourceSet resources, ActorRuntime actors, AppStatus status)
{
    /// <summary>The Dapr version whose behaviour this runtime keeps to.</summary>
    private const string RuntimeVersion = "1.17.13";

    public Task? TryHealth(HttpContext context, ApiPath path)
    {
        if (path.Count == 3 && path.Is(2, "outbound"))
            return Answer.NoContent(context);
        if (path.Count != 2)
            return null;
        return status.IsReady ? Answer.NoContent(context) : throw new SidecarFault(500, "ERR_HEALTH_NOT_READY", "dapr is not ready: [runtime]");
    }

    public Task? Route(HttpContext context, ApiPath path) => path.Count switch
    {
        2 when HttpMethods.IsGet(context.Request.Method) => Answer.JsonAsync(context, Encoding.UTF8.GetBytes(Describe().ToJsonString())),
        3 when HttpMethods.IsPut(context.Request.Method) => SetAsync(context, path[2]),
        _ => null,
    };

    private async Task SetAsync(HttpContext context, string key)
    {
        var body = await Answer.ReadBodyAsync(context, 64 * 1024, () => SidecarFault.Malformed("stream too large"));
        status.Extended[key] = Encoding.UTF8.GetString(body);
        await Answer.NoContent(context);
    }

    private JsonObject Describe()
    {
        var host = actors.HostOf(app.AppId);
        var extended = new JsonObject { ["daprRuntimeVersion"] = RuntimeVersion };
        foreach (var (key, value) in status.Extended)
            extended[key] = value;
        var active = new JsonArray([.. host?.Active.Select(a => (JsonNode)new JsonObject { ["type"] = a.Type, ["count"] = a.Count }) ?? []]);
        var answer = new JsonObject
        {
            ["id"] = app.AppId,
            ["runtimeVersion"] = RuntimeVersion,
            ["actors"] = active.DeepClone(),
            ["components"] = new JsonArray([.. resources.VisibleTo(app.AppId).Select(Describe)]),
            ["extended"] = extended,
            ["subscriptions"] = new JsonArray([.. status.Subscriptions.Select(Describe)]),
            ["actorRuntime"] = new JsonObject
            {
                ["runtimeStatus"] = "RUNNING",
                ["activeActors"] = active,
                ["hostReady"] = host is not null,
                ["placement"] = "placement: connected",
            },
            ["scheduler"] = new JsonObject { ["connected_addresses"] = new JsonArray() },
            ["workflows"] = new JsonObject(),
        };
        if (app.Address is { } address)
            answer["appConnectionProperties"] = new JsonObject { ["port"] = address.Port, ["protocol"] = "http", ["channelAddress"] = address.Host };
        return answer;
    }

    private static JsonNode Describe(Component component)
    {
        string[] capabilities = component switch
        {
            { IsState: true } => ["ETAG", "TRANSACTIONAL", "TTL", "ACTOR"],
            _ => [],
        };
        return new JsonObject
        {
            ["name"] = component.Name,
            ["type"] = component.Type,
            ["version"] = component.Version,
            ["capabilities"] = new JsonArray([.. capabilities.Select(c => (JsonNode)c)]),
        };
    }

    private static JsonNode Describe(TopicSubscription subscription)
    {
        var rules = subscription.Rules.Select(r => (JsonNode)new JsonObject { ["match"] = r.Match, ["path"] = r.Path }).ToList();
        if (subscription.DefaultPath.Length > 0)
            rules.Add(new JsonObject { ["path"] = subscription.DefaultPath });
        return new JsonObject
        {
            ["pubsubname"] = subscription.PubSub,
            ["topic"] = subscription.Topic,
            ["rules"] = new JsonArray([.. rules]),
            ["deadLetterTopic"] = subscription.DeadLetterTopic ?? "",
            ["type"] = subscription.Declarative ? "DECLARATIVE" : "PROGRAMMATIC",
        };
    }
}
