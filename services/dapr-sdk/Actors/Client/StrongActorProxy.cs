using System.Reflection;
using Dapr.Actors.Wire;

namespace Dapr.Actors.Client;

/// <summary>What stands behind an actor interface on the caller's side.</summary>
internal class StrongActorProxy : DispatchProxy, IActorProxy
{
    private ActorSidecar _sidecar = null!;
    private RemotingBody _body = null!;

    public ActorId ActorId { get; private set; } = null!;
    public string ActorType { get; private set; } = null!;

    public void Connect(ActorId actorId, string actorType, ActorSidecar sidecar, RemotingBody body)
    {
        ActorId = actorId;
        ActorType = actorType;
        _sidecar = sidecar;
        _body = body;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = ActorInterface.Of(targetMethod!.DeclaringType!).Method(targetMethod);
        return method.Typed(InvokeAsync(method, args ?? []));
    }

    private async Task<object?> InvokeAsync(ActorMethod method, object?[] arguments)
    {
        var header = new ActorRequestHeader
        {
            MethodId = method.Id,
            InterfaceId = method.InterfaceId,
            ActorId = new ActorIdData { Id = ActorId.GetId() },
            CallContext = Guid.NewGuid().ToString(),
            MethodName = method.Name,
            ActorType = ActorType,
        };
        var request = Request(method, arguments);
        var response = await _sidecar.InvokeRemotingAsync(header, request, method.Cancellation(arguments));
        return method.ResultType is null ? null : _body.ReadResponse(method, response);
    }

    private JsonBuffer? Request(ActorMethod method, object?[] arguments)
    {
        if (method.Parameters.Length == 0) return null;
        var request = new JsonBuffer();
        try
        {
            _body.WriteRequest(request, method, arguments);
            return request;
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }
}
