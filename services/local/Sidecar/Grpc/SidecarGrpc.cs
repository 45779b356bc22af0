using System.Diagnostics;
using Dapr.Client.Autogen.Grpc.v1;
using Gateway.Local.Sidecar.PubSub;
using Gateway.Local.Sidecar.Secrets;
using Gateway.Local.Sidecar.State;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace Gateway.Local.Sidecar.Grpc;

/// <summary>
/// One sidecar's gRPC surface: the unary methods of <c>dapr.proto.runtime.v1.Dapr</c> that the official client calls for state, publishing and
/// secrets, which it never does over HTTP. What a method does is in the core that the HTTP surface uses too; here is only the translation.
/// </summary>
internal sealed class SidecarGrpc(AppChannel app, StateApi state, Broker broker, SecretStores secrets)
{
    /// <summary>Routing and Grpc.AspNetCore over these methods, for a server without a host.</summary>
    public static RequestDelegate Build(SidecarGrpc methods, SidecarOptions options, ILoggerFactory logs)
    {
        var services = new ServiceCollection();
        services.AddSingleton(logs).AddSingleton(new DiagnosticListener("Gateway.Local.Sidecar")).AddSingleton(methods);
        services.AddSingleton<IServiceMethodProvider<SidecarGrpc>, Methods>();
        services.AddLogging().AddRouting().AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = (int)Math.Min(options.MaxBodyBytes, int.MaxValue);
            grpc.MaxSendMessageSize = null;
        });
        var provider = services.BuildServiceProvider();
        var token = new ApiToken(options.DaprApiToken);
        var pipeline = new ApplicationBuilder(provider);
        pipeline.Use((context, next) =>
        {
            context.RequestServices = provider;
            // Before the method is looked at: to a stranger even an unknown method is closed.
            return token.IsIn(context.Request) ? next(context) : RefuseAsync(context);
        });
        pipeline.UseRouting();
        pipeline.UseEndpoints(endpoints => endpoints.MapGrpcService<SidecarGrpc>());
        return pipeline.Build();
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = "16";
        context.Response.Headers["grpc-message"] = "Unauthorized";
        return Task.CompletedTask;
    }

    private Task<GetStateResponse> GetStateAsync(GetStateRequest request)
    {
        var answer = new GetStateResponse();
        // A key that is missing is an empty answer, and so is told from an empty value by its etag.
        if (state.Get(app.AppId, request.StoreName, request.Key) is { } found)
        {
            answer.Data = UnsafeByteOperations.UnsafeWrap(found.Value);
            answer.Etag = found.ETag;
            if (found.Expires is { } expires)
                answer.Metadata["ttlExpireTime"] = expires.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        }

        return Task.FromResult(answer);
    }

    private async Task<Empty> SaveStateAsync(SaveStateRequest request)
    {
        if (request.States.Any(i => i.Key.Length == 0))
            throw new RpcException(new Status(StatusCode.InvalidArgument, "state key cannot be empty"));
        await state.SaveAsync(app.AppId, request.StoreName, [.. request.States.Select(i => Write(i, request.StoreName, "ERR_STATE_SAVE"))]);
        return new Empty();
    }

    private async Task<Empty> DeleteStateAsync(DeleteStateRequest request)
    {
        await state.DeleteAsync(
            app.AppId, request.StoreName, new StateWrite(request.Key, default, request.Etag?.Value, IsFirstWrite(request.Options), IsDelete: true));
        return new Empty();
    }

    private async Task<Empty> TransactAsync(ExecuteStateTransactionRequest request)
    {
        var writes = request.Operations.Select(o => o.OperationType is "upsert" or "delete"
            ? Write(o.Request ?? new StateItem(), request.StoreName, "ERR_STATE_TRANSACTION") with { IsDelete = o.OperationType == "delete" }
            : throw new RpcException(new Status(StatusCode.Unimplemented, $"operation type {o.OperationType} not supported"))).ToList();
        await state.TransactAsync(app.AppId, request.StoreName, writes);
        return new Empty();
    }

    private async Task<Empty> PublishAsync(PublishEventRequest request, ServerCallContext call)
    {
        CheckNames(request.PubsubName, request.Topic);
        var metadata = Metadata(request.Metadata);
        var message = new Publication(request.Data.Memory, request.DataContentType, metadata, Publication.AsksForRaw(metadata));
        await broker.PublishAsync(app.AppId, request.PubsubName, request.Topic, [message], TraceParent(call));
        return new Empty();
    }

    /// <summary>All of them are stored or none, so the answer never has a failed entry.</summary>
    private async Task<BulkPublishResponse> PublishManyAsync(BulkPublishRequest request, ServerCallContext call)
    {
        CheckNames(request.PubsubName, request.Topic);
        broker.Check(app.AppId, request.PubsubName);
        var bulk = new BulkPublication(request.PubsubName, request.Topic, Metadata(request.Metadata));
        foreach (var entry in request.Entries)
            bulk.Add(entry.EntryId, entry.Event.Memory, entry.ContentType, entry.Metadata.Count == 0 ? null : Metadata(entry.Metadata));
        await broker.PublishAsync(app.AppId, request.PubsubName, request.Topic, bulk.Messages, TraceParent(call));
        return new BulkPublishResponse();
    }

    private Task<GetSecretResponse> GetSecretAsync(GetSecretRequest request)
    {
        var answer = new GetSecretResponse();
        foreach (var (name, value) in secrets.Get(app.AppId, request.StoreName, request.Key))
            answer.Data[name] = value;
        return Task.FromResult(answer);
    }

    private Task<GetBulkSecretResponse> GetSecretsAsync(GetBulkSecretRequest request)
    {
        var answer = new GetBulkSecretResponse();
        foreach (var (key, secret) in secrets.GetAll(app.AppId, request.StoreName))
        {
            answer.Data[key] = new SecretResponse();
            foreach (var (name, value) in secret)
                answer.Data[key].Secrets[name] = value;
        }

        return Task.FromResult(answer);
    }

    private static StateWrite Write(StateItem item, string store, string errorCode) => new(
        item.Key, item.Value.Memory, item.Etag?.Value, IsFirstWrite(item.Options),
        StateApi.TimeToLive(item.Metadata.GetValueOrDefault("ttlInSeconds"), store, errorCode));

    private static bool IsFirstWrite(StateOptions? options) => options?.Concurrency == StateOptions.Types.StateConcurrency.ConcurrencyFirstWrite;

    private static void CheckNames(string pubSub, string topic)
    {
        if (pubSub.Length == 0)
            throw new RpcException(new Status(StatusCode.InvalidArgument, "pubsub name is empty"));
        if (topic.Length == 0)
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"topic is empty in pubsub {pubSub}"));
    }

    private static Dictionary<string, string> Metadata(MapField<string, string> given)
    {
        var metadata = new Dictionary<string, string>(given.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in given)
            metadata[name] = value;
        return metadata;
    }

    private static string? TraceParent(ServerCallContext call) => call.GetHttpContext().Request.Headers.TraceParent;

    /// <summary>The status that goes with an error of the core, which speaks of errors as the HTTP API does (dapr/dapr pkg/api/errors names both).</summary>
    private static StatusCode CodeOf(SidecarFault fault) => fault.ErrorCode switch
    {
        "ERR_STATE_SAVE" or "ERR_STATE_DELETE" when fault.Status == 409 => StatusCode.Aborted,
        "ERR_STATE_STORE_NOT_FOUND" or "ERR_MALFORMED_REQUEST" or "ERR_SECRET_STORE_NOT_FOUND" => StatusCode.InvalidArgument,
        "ERR_PUBSUB_NOT_FOUND" or "ERR_PUBSUB_CLOUD_EVENTS_SER" or "ERR_PUBSUB_EVENTS_SER" => StatusCode.InvalidArgument,
        // An etag that does not fit inside a transaction is here too: daprd has no status of its own for it.
        _ => StatusCode.Internal,
    };

    /// <summary>Binds the methods by hand: the package of Dapr's messages has stubs for clients only.</summary>
    internal sealed class Methods(ILoggerFactory logs) : IServiceMethodProvider<SidecarGrpc>
    {
        private readonly ILogger _log = logs.CreateLogger("Gateway.Local.Sidecar");

        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<SidecarGrpc> context)
        {
            Add<GetStateRequest, GetStateResponse>(context, "GetState", static (s, request, _) => s.GetStateAsync(request));
            Add<SaveStateRequest, Empty>(context, "SaveState", static (s, request, _) => s.SaveStateAsync(request));
            Add<DeleteStateRequest, Empty>(context, "DeleteState", static (s, request, _) => s.DeleteStateAsync(request));
            Add<ExecuteStateTransactionRequest, Empty>(context, "ExecuteStateTransaction", static (s, request, _) => s.TransactAsync(request));
            Add<PublishEventRequest, Empty>(context, "PublishEvent", static (s, request, call) => s.PublishAsync(request, call));
            Add<BulkPublishRequest, BulkPublishResponse>(context, "BulkPublishEvent", static (s, request, call) => s.PublishManyAsync(request, call));
            Add<BulkPublishRequest, BulkPublishResponse>(context, "BulkPublishEventAlpha1", static (s, request, call) => s.PublishManyAsync(request, call));
            Add<GetSecretRequest, GetSecretResponse>(context, "GetSecret", static (s, request, _) => s.GetSecretAsync(request));
            Add<GetBulkSecretRequest, GetBulkSecretResponse>(context, "GetBulkSecret", static (s, request, _) => s.GetSecretsAsync(request));
        }

        private void Add<TRequest, TAnswer>(
            ServiceMethodProviderContext<SidecarGrpc> context, string name, UnaryServerMethod<SidecarGrpc, TRequest, TAnswer> method)
            where TRequest : class, IMessage<TRequest>, new()
            where TAnswer : class, IMessage<TAnswer>, new() => context.AddUnaryMethod(
                new Method<TRequest, TAnswer>(MethodType.Unary, "dapr.proto.runtime.v1.Dapr", name, Of<TRequest>(), Of<TAnswer>()), [],
                async (service, request, call) =>
                {
                    try
                    {
                        return await method(service, request, call);
                    }
                    catch (SidecarFault fault)
                    {
                        throw new RpcException(new Status(CodeOf(fault), fault.Message));
                    }
                    catch (Exception error) when (error is not RpcException)
                    {
                        Log.CallFailed(_log, error, name);
                        throw new RpcException(new Status(StatusCode.Internal, $"{name}: {error.Message}"));
                    }
                });

        private static Marshaller<T> Of<T>()
            where T : class, IMessage<T>, new()
        {
            var parser = new MessageParser<T>(static () => new T());
            return Marshallers.Create(
                static (message, context) =>
                {
                    context.SetPayloadLength(message.CalculateSize());
                    message.WriteTo(context.GetBufferWriter());
                    context.Complete();
                },
                context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
        }
    }
}
