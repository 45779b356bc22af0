using Gateway.Local.Sidecar.PubSub;
using Google.Protobuf;

namespace Gateway.Local.Sidecar.Grpc;

/// <summary>PublishEvent.</summary>
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

        if (pubSub.Length == 0)
            throw new GrpcFault(GrpcStatus.InvalidArgument, "pubsub name is empty");
        if (topic.Length == 0)
            throw new GrpcFault(GrpcStatus.InvalidArgument, $"topic is empty in pubsub {pubSub}");
        await broker.PublishAsync(app.AppId, new Publication(pubSub, topic, data.Memory, contentType, metadata), traceparent);
        return SidecarGrpc.Empty;
    }
}
