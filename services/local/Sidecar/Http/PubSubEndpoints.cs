using Gateway.Local.Sidecar.PubSub;

namespace Gateway.Local.Sidecar.Http;

/// <summary><c>/v1.0/publish/{pubsub}/{topic}</c>; a topic may hold slashes.</summary>
internal sealed class PubSubEndpoints(AppChannel app, SidecarOptions options, Broker broker)
{
    public Task? Route(HttpContext context, ApiPath path) =>
        path.Count >= 4 && (HttpMethods.IsPost(context.Request.Method) || HttpMethods.IsPut(context.Request.Method))
            ? PublishAsync(context, path[2], path.From(3))
            : null;

    private async Task PublishAsync(HttpContext context, string pubSub, string topic)
    {
        var body = await Answer.ReadBodyAsync(context, options.MaxBodyBytes, () => new SidecarFault(
            500, "ERR_PUBSUB_PUBLISH_MESSAGE", $"error when publishing to topic {topic} in pubsub {pubSub}: stream too large"));
        var message = new Publication(pubSub, topic, body, context.Request.ContentType ?? "", Answer.QueryMetadata(context.Request));
        await broker.PublishAsync(app.AppId, message, context.Request.Headers.TraceParent);
        await Answer.NoContent(context);
    }
}
