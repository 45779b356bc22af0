using Dapr.Actors.Runtime;

namespace Gateway.Billing;

/// <summary>An actor that keeps what it has read for as long as this replica has it for certain: until the sidecar is another one.</summary>
internal abstract class PlacedActor(ActorHost host, SidecarStarts starts) : Actor(host)
{
    private int _start = starts.Count;

    protected override async Task OnPreActorMethodAsync(ActorMethodContext actorMethodContext)
    {
        if (_start == starts.Count)
            return;
        _start = starts.Count;
        await StateManager.ClearCacheAsync();
        Forget();
    }

    /// <summary>What was made of the state goes with it.</summary>
    protected virtual void Forget()
    {
    }
}
