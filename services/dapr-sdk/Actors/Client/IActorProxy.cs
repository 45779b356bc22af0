namespace Dapr.Actors.Client;

public interface IActorProxy
{
    ActorId ActorId { get; }
    string ActorType { get; }
}
