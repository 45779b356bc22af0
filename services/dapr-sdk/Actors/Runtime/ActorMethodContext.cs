namespace Dapr.Actors.Runtime;

public readonly struct ActorMethodContext
{
    internal ActorMethodContext(string methodName, ActorCallType callType)
    {
        MethodName = methodName;
        CallType = callType;
    }

    public string MethodName { get; }
    public ActorCallType CallType { get; }
}
