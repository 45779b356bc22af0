using Microsoft.Extensions.Logging;

namespace Dapr.AspNetCore;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "More than one default route for topic {Topic} on pubsub {Pubsub}; the first one is used.")]
    public static partial void DuplicateDefault(this ILogger logger, string topic, string pubsub);

    [LoggerMessage(2, LogLevel.Error, "More than one route of the same priority for topic {Topic} on pubsub {Pubsub}.")]
    public static partial void DuplicatePriority(this ILogger logger, string topic, string pubsub);
}
