#nullable disable
namespace Dapr.Actors.Runtime;

public interface IRemindable
{
    Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period);
}
