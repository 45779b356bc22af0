using Gateway.Contracts.Errors;

namespace Gateway.Ingress;

/// <summary>Everything ingress logs: ids, sizes and times; never bodies or keys.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "A key could not be looked up again; requests with it fail once the old answer runs out")]
    public static partial void KeyRefreshFailed(ILogger logger, Exception e);

    [LoggerMessage(LogLevel.Warning, "Usage events cannot be published ({Attempts} attempts so far); they wait in the outbox")]
    public static partial void PublishFailing(ILogger logger, int attempts, Exception e);

    [LoggerMessage(LogLevel.Error, "A line of {Bytes} bytes in the outbox is not a usage event and is skipped")]
    public static partial void OutboxLineUnreadable(ILogger logger, int bytes);

    [LoggerMessage(LogLevel.Critical, "The usage of request {RequestId} could not be written to the outbox")]
    public static partial void OutboxFailed(ILogger logger, string requestId, Exception e);

    [LoggerMessage("Request {RequestId}: {Kind} from route {Provider}: {Reason}")]
    public static partial void RouteFailed(ILogger logger, LogLevel level, string requestId, ErrorKind kind, string provider, string reason);

    [LoggerMessage(LogLevel.Information, "Request {RequestId}: {Provider} refused a thinking block of the history; sent once more without any")]
    public static partial void ThinkingRefused(ILogger logger, string requestId, string provider);

    [LoggerMessage(LogLevel.Warning, "The lease in account {AccountId} could not be kept up")]
    public static partial void LeaseFailed(ILogger logger, string accountId, Exception e);

    [LoggerMessage(LogLevel.Error, "Account {AccountId} cannot be reached to admit a request")]
    public static partial void QuotaUnavailable(ILogger logger, string accountId, Exception e);
}
