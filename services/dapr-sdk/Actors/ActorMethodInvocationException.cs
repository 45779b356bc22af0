#nullable disable
namespace Dapr.Actors;

public class ActorMethodInvocationException : DaprApiException
{
    private const string InvokeFailed = "ERR_ACTOR_INVOKE_METHOD";

    public ActorMethodInvocationException() : base(InvokeFailed, false) { }
    public ActorMethodInvocationException(string message, bool isTransient) : base(message, InvokeFailed, isTransient) { }
    public ActorMethodInvocationException(string message, Exception innerException, bool isTransient) : base(message, innerException, InvokeFailed, isTransient) { }
}
