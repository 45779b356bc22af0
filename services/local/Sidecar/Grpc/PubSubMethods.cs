using Gateway.Local.Sidecar.PubSub;
using Google.Protobuf;

namespace Gateway.Local.Sidecar.Grpc;

/// <summary>PublishEvent and BulkPublishEvent.</summary>
internal sealed class PubSubMethods(AppChannel app, Broker broker)
{
    public async Task<ReadOnlyMemory<byte>> PublishAsync(CodedInputStream request, string? traceparent)
    {
        string pubSub = "", topic = "", contentType = "";
        var data = ByteString.Empty;
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (request.ReadTag() is var tag && tag != 0)
        {
            switch (tag)
            {
                case (1 << 3) | Wire.Bytes:
                    pubSub = request.ReadString();
                    break;
                case (2 << 3) | Wire.Bytes:
                    topic = request.ReadString();
                    break;
                case (3 << 3) | Wire.Bytes:
                    data = request.ReadBytes();
                    break;
                case (4 << 3) | Wire.Bytes:
                    contentType = request.ReadString();
                    break;
                case (5 << 3) | Wire.Bytes:
                    Wire.ReadEntry(request, metadata);
                    break;
                default:
                    request.SkipLastField();
                    break;
            }
        }

        CheckNames(pubSub, topic);
        var message = new Publication(data.Memory, contentType, metadata, Publication.AsksForRaw(metadata));
        await broker.PublishAsync(app.AppId, pubSub, topic, [message], traceparent);
        return SidecarGrpc.Empty;
    }

    /// <summary>All of them are stored or none, so the answer never has a failed entry.</summary>
    public async Task<ReadOnlyMemory<byte>> PublishManyAsync(CodedInputStream request, string? traceparent)
    {
        string pubSub = "", topic = "";
        var entries = new List<Entry>();
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (request.ReadTag() is var tag && tag != 0)
        {
            switch (tag)
            {
                case (1 << 3) | Wire.Bytes:
                    pubSub = request.ReadString();
                    break;
                case (2 << 3) | Wire.Bytes:
                    topic = request.ReadString();
                    break;
                case (3 << 3) | Wire.Bytes:
                    entries.Add(ReadEntry(request));
                    break;
                case (4 << 3) | Wire.Bytes:
                    Wire.ReadEntry(request, metadata);
                    break;
                default:
                    request.SkipLastField();
                    break;
            }
        }

        CheckNames(pubSub, topic);
        broker.Check(app.AppId, pubSub);
        var bulk = new BulkPublication(pubSub, topic, metadata);
        foreach (var entry in entries)
            bulk.Add(entry.Id, entry.Event.Memory, entry.ContentType, entry.Metadata);
        try
        {
            await broker.PublishAsync(app.AppId, pubSub, topic, bulk.Messages, traceparent);
        }
        catch (Exception error) when (error is not SidecarFault)
        {
            throw new GrpcFault(GrpcStatus.Internal, $"error when publishing to topic {topic} in pubsub {pubSub}: {error.Message}");
        }

        return SidecarGrpc.Empty;
    }

    private static void CheckNames(string pubSub, string topic)
    {
        if (pubSub.Length == 0)
            throw new GrpcFault(GrpcStatus.InvalidArgument, "pubsub name is empty");
        if (topic.Length == 0)
            throw new GrpcFault(GrpcStatus.InvalidArgument, $"topic is empty in pubsub {pubSub}");
    }

    private static Entry ReadEntry(CodedInputStream input)
    {
        var message = input.ReadBytes().CreateCodedInput();
        var entry = new Entry("", ByteString.Empty, "", null);
        while (message.ReadTag() is var tag && tag != 0)
        {
            switch (tag)
            {
                case (1 << 3) | Wire.Bytes:
                    entry = entry with { Id = message.ReadString() };
                    break;
                case (2 << 3) | Wire.Bytes:
                    entry = entry with { Event = message.ReadBytes() };
                    break;
                case (3 << 3) | Wire.Bytes:
                    entry = entry with { ContentType = message.ReadString() };
                    break;
                case (4 << 3) | Wire.Bytes:
                    entry = entry with { Metadata = entry.Metadata ?? new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) };
                    Wire.ReadEntry(message, entry.Metadata!);
                    break;
                default:
                    message.SkipLastField();
                    break;
            }
        }

        return entry;
    }

    private readonly record struct Entry(string Id, ByteString Event, string ContentType, Dictionary<string, string>? Metadata);
}
