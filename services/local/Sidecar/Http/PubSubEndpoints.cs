using System.Buffers;
using System.Text.Json;
using Gateway.Local.Sidecar.PubSub;

namespace Gateway.Local.Sidecar.Http;

/// <summary><c>/v1.0/publish/{pubsub}/{topic}</c>, and <c>/v1.0/publish/bulk/{pubsub}/{topic}</c> for several at once; a topic may hold slashes.</summary>
internal sealed class PubSubEndpoints(AppChannel app, SidecarOptions options, Broker broker, ILogger log)
{
    public Task? Route(HttpContext context, ApiPath path) =>
        RouteBulk(context, path) ?? (path.Count >= 4 && Publishes(context) ? PublishAsync(context, path[2], path.From(3)) : null);

    /// <summary>Under <c>/v1.0-alpha1</c> too, where it began.</summary>
    public Task? RouteBulk(HttpContext context, ApiPath path) =>
        path.Count >= 5 && path.Is(2, "bulk") && Publishes(context) ? PublishManyAsync(context, path[3], path.From(4)) : null;

    private static bool Publishes(HttpContext context) => HttpMethods.IsPost(context.Request.Method) || HttpMethods.IsPut(context.Request.Method);

    private async Task PublishAsync(HttpContext context, string pubSub, string topic)
    {
        // A little more than the limit passes: 4,194,305 bytes did on 1.17.13, 4,196,000 did not.
        var body = await Answer.ReadBodyAsync(context, options.MaxBodyBytes + 1024, () => new SidecarFault(
            500, "ERR_PUBSUB_PUBLISH_MESSAGE", $"error when publishing to topic {topic} in pubsub {pubSub}: stream too large"));
        var metadata = Answer.QueryMetadata(context.Request);
        var message = new Publication(body, context.Request.ContentType ?? "", metadata, Publication.AsksForRaw(metadata));
        await broker.PublishAsync(app.AppId, pubSub, topic, [message], context.Request.Headers.TraceParent);
        await Answer.NoContent(context);
    }

    private async Task PublishManyAsync(HttpContext context, string pubSub, string topic)
    {
        broker.Check(app.AppId, pubSub);
        var bulk = new BulkPublication(pubSub, topic, Answer.QueryMetadata(context.Request));
        // What is too long gets no answer: the publisher sees its pipe break.
        using var body = await Answer.BorrowBodyAsync(context, options.MaxBodyBytes, () =>
        {
            context.Abort();
            return bulk.Unreadable("stream too large");
        });
        bulk.Read(body.Written);
        try
        {
            await broker.PublishAsync(app.AppId, pubSub, topic, bulk.Messages, context.Request.Headers.TraceParent);
        }
        catch (Exception error) when (error is not SidecarFault)
        {
            Log.RequestFailed(log, error, context.Request.Method, context.Request.Path, app.AppId);
            context.Response.StatusCode = 500;
            await Answer.JsonAsync(context, Failed(bulk.Ids, error.Message));
            return;
        }

        await Answer.NoContent(context);
    }

    /// <summary>All of them are to be published again.</summary>
    private static ReadOnlyMemory<byte> Failed(List<string> ids, string error)
    {
        var answer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(answer);
        json.WriteStartObject();
        json.WriteStartArray("failedEntries"u8);
        foreach (var id in ids)
        {
            json.WriteStartObject();
            json.WriteString("entryId"u8, id);
            json.WriteString("error"u8, error);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("errorCode"u8, "ERR_PUBSUB_PUBLISH_MESSAGE"u8);
        json.WriteEndObject();
        json.Flush();
        return answer.WrittenMemory;
    }
}
