namespace Gateway.Local.Sidecar;

internal static partial class Log
{
    [LoggerMessage(2, LogLevel.Error, "Deliveries to {App} failed inside the sidecar; what was under way comes again")]
    public static partial void DeliveryFailed(ILogger log, Exception error, string app);

    [LoggerMessage(3, LogLevel.Error, "Event on topic {Topic}: {App} has no handler on its route")]
    public static partial void NoHandler(ILogger log, string topic, string app);

    [LoggerMessage(4, LogLevel.Warning, "Event on topic {Topic} dropped as {App} asked for")]
    public static partial void Dropped(ILogger log, string topic, string app);

    [LoggerMessage(5, LogLevel.Error, "Event on topic {Topic} given up for {App}; dead-letter topic: {DeadLetterTopic}")]
    public static partial void GaveUp(ILogger log, string topic, string app, string deadLetterTopic);

    [LoggerMessage(6, LogLevel.Error, "Request {Method} {Path} failed inside the sidecar of {App}")]
    public static partial void RequestFailed(ILogger log, Exception error, string method, string path, string app);

    [LoggerMessage(7, LogLevel.Warning, "Reminder {Name} of {Type} {Actor} failed and is given up for this time")]
    public static partial void ReminderFailed(ILogger log, string name, string type, string actor);

    [LoggerMessage(8, LogLevel.Error, "Reminders of {App} failed inside the sidecar and go on in a second")]
    public static partial void RemindersFailed(ILogger log, Exception error, string app);

    [LoggerMessage(9, LogLevel.Warning, "Timer {Name} of {Type} {Actor} failed")]
    public static partial void TimerFailed(ILogger log, Exception error, string name, string type, string actor);

    [LoggerMessage(11, LogLevel.Warning, "{App} answered GET {Path} with {Status}; taken for none")]
    public static partial void AppRefused(ILogger log, string app, string path, int status);

    [LoggerMessage(10, LogLevel.Warning, "Deactivating {Type} {Actor} failed")]
    public static partial void DeactivationFailed(ILogger log, Exception error, string type, string actor);

    [LoggerMessage(12, LogLevel.Error, "Call {Method} failed inside the sidecar")]
    public static partial void CallFailed(ILogger log, Exception error, string method);

    [LoggerMessage(14, LogLevel.Warning, "Actors of {App} were still at work after {Limit}")]
    public static partial void DrainTimedOut(ILogger log, string app, TimeSpan limit);

    [LoggerMessage(13, LogLevel.Critical, "A daprd would have died here: the sidecar of {App} serves no more")]
    public static partial void Panicked(ILogger log, Exception error, string app);

    [LoggerMessage(LogLevel.Error, "{Method} {Path}: the application threw")]
    public static partial void ApplicationFailed(ILogger logger, Exception error, string method, string path);
}
