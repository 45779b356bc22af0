namespace Gateway.Translator;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Request {RequestId}: the answer of {Provider} failed after it began: {Kind}")]
    public static partial void StreamFailed(this ILogger logger, string requestId, string provider, string kind, Exception? exception);

    [LoggerMessage(LogLevel.Information, "Request {RequestId}: {Provider} refused it, asking again with a change of {Field}")]
    public static partial void Adjusted(this ILogger logger, string requestId, string provider, string field);

    [LoggerMessage(LogLevel.Warning, "Request {RequestId}: {Provider} ended an answer without a text or a call")]
    public static partial void EmptyAnswer(this ILogger logger, string requestId, string provider);

    [LoggerMessage(LogLevel.Information, "Request {RequestId}: {Tool} took {Milliseconds} ms: {Outcome}")]
    public static partial void WebToolRan(this ILogger logger, string requestId, string tool, long milliseconds, string outcome);

    [LoggerMessage(LogLevel.Warning, "Request {RequestId}: the provider-adapter could not be asked for {Tool}: {Reason}")]
    public static partial void WebToolUnreachable(this ILogger logger, string requestId, string tool, string reason);
}
