namespace Dapr.Actors.Runtime;

public enum ActorCallType
{
    ActorInterfaceMethod,
    TimerMethod,
    ReminderMethod,
}
