namespace Dapr.Actors;

public sealed class ActorReentrancyConfig
{
    public bool Enabled { get; set; }
    public int? MaxStackDepth { get; set; }
}
