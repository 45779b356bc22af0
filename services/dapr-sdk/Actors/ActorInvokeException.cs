#nullable disable
namespace Dapr.Actors;

/// <summary>What the remote actor method threw.</summary>
public class ActorInvokeException : Exception
{
    public ActorInvokeException() { }

    public ActorInvokeException(string actualExceptionType, string message) : base(message) => ActualExceptionType = actualExceptionType;

    /// <summary>The full name of the exception's type on the actor's side.</summary>
    public string ActualExceptionType { get; }
}
