using System.Globalization;
using System.Text;
using Gateway.Local.Sidecar.PubSub;
using Gateway.Local.Sidecar.Secrets;
using Gateway.Local.Sidecar.State;
using Google.Protobuf;

namespace Gateway.Local.Sidecar.Grpc;

/// <summary>
/// One sidecar's gRPC surface: the unary methods of <c>dapr.proto.runtime.v1.Dapr</c> that the official client calls for state, publishing and
/// secrets, which it never does over HTTP. What a method does is in the core that the HTTP surface uses too; here is only the wire.
/// </summary>
internal sealed class SidecarGrpc(AppChannel app, SidecarOptions options, StateApi state, Broker broker, SecretStores secrets, ILogger log)
{
    /// <summary><c>google.protobuf.Empty</c>.</summary>
    public static readonly ReadOnlyMemory<byte> Empty = UnaryMessage.Create(static _ => { });

    private const string Service = "dapr.proto.runtime.v1.Dapr";
    private const string ContentType = "application/grpc";

    private readonly ApiToken _token = new(options.DaprApiToken);
    private readonly StateMethods _state = new(app, state);
    private readonly PubSubMethods _pubSub = new(app, broker);
    private readonly SecretMethods _secrets = new(app, secrets);

    public async Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !IsGrpc(context.Request.ContentType))
        {
            // Whoever this is does not read statuses of gRPC.
            context.Response.StatusCode = HttpMethods.IsPost(context.Request.Method) ? 415 : 405;
            return;
        }

        context.Response.ContentType = ContentType;
        try
        {
            var answer = await CallAsync(context);
            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.Body.WriteAsync(answer, context.RequestAborted);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has left.
            context.Abort();
        }
        catch (Exception error)
        {
            Fail(context, error as GrpcFault ?? Understand(context, error));
        }
    }

    private async Task<ReadOnlyMemory<byte>> CallAsync(HttpContext context)
    {
        // Before the method is looked at: to a stranger even an unknown method is closed.
        if (!_token.IsIn(context.Request))
            throw new GrpcFault(GrpcStatus.Unauthenticated, "Unauthorized");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        if (GrpcTimeout.Read(context.Request) is { } timeout)
        {
            if (timeout > TimeSpan.Zero)
                deadline.CancelAfter(timeout);
            else
                await deadline.CancelAsync();
        }

        var method = Find(context.Request);
        var message = await UnaryMessage.ReadAsync(context.Request, options.MaxBodyBytes, deadline.Token);
        deadline.Token.ThrowIfCancellationRequested();
        // What has been handed to the store is carried out, though nobody may be there any more to hear of it.
        return await method(new CodedInputStream(message)).WaitAsync(deadline.Token);
    }

    private Func<CodedInputStream, Task<ReadOnlyMemory<byte>>> Find(HttpRequest request)
    {
        const string Prefix = $"/{Service}/";
        var path = request.Path.Value ?? "";
        if (!path.StartsWith(Prefix, StringComparison.Ordinal))
            throw new GrpcFault(GrpcStatus.Unimplemented, $"unknown service {path.Trim('/').Split('/')[0]}");
        return path[Prefix.Length..] switch
        {
            "GetState" => _state.GetAsync,
            "SaveState" => _state.SaveAsync,
            "DeleteState" => _state.DeleteAsync,
            "ExecuteStateTransaction" => _state.TransactAsync,
            "PublishEvent" => message => _pubSub.PublishAsync(message, request.Headers.TraceParent),
            "BulkPublishEventAlpha1" or "BulkPublishEvent" => message => _pubSub.PublishManyAsync(message, request.Headers.TraceParent),
            "GetSecret" => message => Task.FromResult(_secrets.Get(message)),
            "GetBulkSecret" => message => Task.FromResult(_secrets.GetAll(message)),
            var unknown => throw new GrpcFault(GrpcStatus.Unimplemented, $"unknown method {unknown} for service {Service}"),
        };
    }

    private GrpcFault Understand(HttpContext context, Exception error)
    {
        switch (error)
        {
            case SidecarFault fault:
                return GrpcFault.From(fault);
            case OperationCanceledException:
                return new GrpcFault(GrpcStatus.DeadlineExceeded, "context deadline exceeded");
            case InvalidProtocolBufferException:
                return new GrpcFault(GrpcStatus.Internal, $"grpc: error unmarshalling request: {error.Message}");
            default:
                Log.RequestFailed(log, error, context.Request.Method, context.Request.Path, app.AppId);
                return new GrpcFault(GrpcStatus.Internal, "the sidecar failed; its log says why");
        }
    }

    /// <summary>With no message before it, the status goes out with the headers ("Trailers-Only").</summary>
    private static void Fail(HttpContext context, GrpcFault fault)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Headers["grpc-status"] = ((int)fault.Status).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = PercentEncode(fault.Message);
        context.Response.Headers["grpc-accept-encoding"] = "identity";
    }

    private static bool IsGrpc(string? contentType) =>
        contentType is not null && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';');

    // The protocol's own encoding: everything printable but the percent sign stays as it is.
    private static string PercentEncode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return encoded.ToString();
    }
}
