namespace Gateway.Local.Sidecar.Grpc;

/// <summary>A call that ends with a status other than OK.</summary>
internal sealed class GrpcFault(GrpcStatus status, string message) : Exception(message)
{
    public GrpcStatus Status { get; } = status;

    /// <summary>The status that goes with an error of the core, which speaks of errors as the HTTP API does (dapr/dapr pkg/api/errors names both).</summary>
    public static GrpcFault From(SidecarFault fault) => new(
        fault.ErrorCode switch
        {
            "ERR_STATE_SAVE" or "ERR_STATE_DELETE" when fault.Status == 409 => GrpcStatus.Aborted,
            "ERR_STATE_STORE_NOT_FOUND" or "ERR_MALFORMED_REQUEST" => GrpcStatus.InvalidArgument,
            "ERR_PUBSUB_NOT_FOUND" or "ERR_PUBSUB_CLOUD_EVENTS_SER" or "ERR_PUBSUB_EVENTS_SER" => GrpcStatus.InvalidArgument,
            "ERR_SECRET_STORE_NOT_FOUND" => GrpcStatus.InvalidArgument,
            // An etag that does not fit inside a transaction is here too: daprd has no status of its own for it.
            _ => GrpcStatus.Internal,
        },
        fault.Message);
}
