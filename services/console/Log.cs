namespace Gateway.AdminConsole;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Error, "The page {Path} failed unexpectedly")]
    public static partial void PageFailed(ILogger logger, string path, Exception e);

    [LoggerMessage(LogLevel.Warning, "An event of the topic {Topic} with {Bytes} bytes is none that is known: {Reason}")]
    public static partial void NoEvent(ILogger logger, string topic, int bytes, string reason);
}
