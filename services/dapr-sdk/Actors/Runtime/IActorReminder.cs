#nullable disable
namespace Dapr.Actors.Runtime;

public interface IActorReminder
{
    string Name { get; }
    TimeSpan DueTime { get; }
    TimeSpan Period { get; }
    byte[] State { get; }
}
