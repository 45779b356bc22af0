using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress;

/// <summary>Everything ingress logs: ids, sizes and times; never bodies or keys.</summary>
internal static partial class Log
{
    private const int MaxId = 100;
    private const int MaxText = 1000;

    [LoggerMessage(LogLevel.Warning, "{Action} of {Target} by {Admin} is not in the audit trail: {Reason}")]
    public static partial void NotAudited(ILogger logger, string action, string target, string admin, string reason);

    [LoggerMessage(LogLevel.Warning, "The identity provider refused a refresh with {Status}, error {Error}; the session goes on once it does not")]
    public static partial void ProviderRefused(ILogger logger, int status, string error);

    [LoggerMessage(LogLevel.Warning, "The identity provider's token of a refresh cannot be checked: {Reason}")]
    public static partial void ProviderTokenWrong(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "A sign-in has failed at the identity provider, or on the way: {Kind}, {Reason}")]
    public static partial void SignInFailed(ILogger logger, string kind, string reason);

    [LoggerMessage(LogLevel.Warning, "A key could not be looked up again; requests with it fail once the old answer runs out")]
    public static partial void KeyRefreshFailed(ILogger logger, Exception e);

    [LoggerMessage(LogLevel.Warning, "Managed settings cannot be read from the key store; {Meanwhile}")]
    public static partial void SettingsUnread(ILogger logger, string meanwhile, Exception e);

    [LoggerMessage(LogLevel.Information, "Managed settings are read from the key store again")]
    public static partial void SettingsRead(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "A file of managed settings beside the outbox cannot be read; it is written anew")]
    public static partial void SettingsFileUnread(ILogger logger, Exception e);

    [LoggerMessage(LogLevel.Error, "A file of managed settings beside the outbox cannot be written; a restart while the store is away would lack it")]
    public static partial void SettingsFileUnwritten(ILogger logger, Exception e);

    [LoggerMessage(LogLevel.Warning, "The collector does not take clients' telemetry: {Why}; what it does not take is dropped")]
    public static partial void TelemetryNotRelayed(ILogger logger, string why);

    [LoggerMessage(LogLevel.Information, "The collector takes clients' telemetry again")]
    public static partial void TelemetryRelayed(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "Usage events cannot be published ({Attempts} attempts so far); they wait in the outbox")]
    public static partial void PublishFailing(ILogger logger, int attempts, Exception? e);

    [LoggerMessage(
        LogLevel.Critical,
        "The usage of request {RequestId} is in memory only, since the outbox cannot be written to: key {KeyId}, model {Model}, provider {Provider}, "
        + "input {Input}, cache writes {CacheWrites}, cache reads {CacheReads}, output {Output}, cost {Cost} {Currency}")]
    public static partial void OutboxHolds(
        ILogger logger, string requestId, string keyId, string model, string provider, long? input, long? cacheWrites, long? cacheReads, long? output,
        decimal? cost, string? currency);

    [LoggerMessage(LogLevel.Critical, "The outbox cannot be written to. Its events are held in memory; from {MaxHeld} on new requests are refused")]
    public static partial void OutboxFails(ILogger logger, int maxHeld, Exception e);

    [LoggerMessage(LogLevel.Warning, "The outbox takes events again; {Events} that were held in memory are written")]
    public static partial void OutboxWorks(ILogger logger, int events);

    [LoggerMessage(LogLevel.Critical, "The service ends while the outbox cannot be written to; {Events} usage events are lost but for their log lines above")]
    public static partial void HeldLost(ILogger logger, int events);

    [LoggerMessage(LogLevel.Warning, "The note of how far segment {Segment} of the outbox is published cannot be true; the segment is published again")]
    public static partial void MarkDistrusted(ILogger logger, string segment);

    [LoggerMessage(LogLevel.Warning, "How far the outbox is published could not be noted; after a crash more of it is published again")]
    public static partial void MarkFailed(ILogger logger, Exception e);

    [LoggerMessage(LogLevel.Critical, "Segment {Segment} of the outbox was taken away before all of it was published")]
    public static partial void SegmentGone(ILogger logger, long? segment);

    [LoggerMessage(
        LogLevel.Error, "A usage event was set aside in the outbox's quarantine: request {RequestId}, key {KeyId}, {Bytes} bytes. {Reason}")]
    public static partial void SetAside(ILogger logger, string? requestId, string? keyId, int bytes, string reason);

    [LoggerMessage(LogLevel.Information, "Event {Id} of the quarantine is replayed")]
    public static partial void QuarantineReplayed(ILogger logger, string id);

    [LoggerMessage(LogLevel.Warning, "Event {Id} of the quarantine, request {RequestId}, is discarded by an admin call")]
    public static partial void QuarantineDiscarded(ILogger logger, string id, string? requestId);

    [LoggerMessage(LogLevel.Error, "Published usage events have not been counted for {Seconds} s: is billing subscribed, and does it get them?")]
    public static partial void SettlementLate(ILogger logger, long seconds);

    [LoggerMessage(LogLevel.Warning, "Whether published usage events are counted cannot be told now: {Reason}")]
    public static partial void SettlementUnknown(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "Request {RequestId}: its tool calls cannot be judged by {Model} ({Kind}), so they are not")]
    public static partial void SafeguardsRefused(ILogger logger, string requestId, string model, ErrorKind kind);

    /// <summary>What a provider has said of it only if a setting asks: it may repeat the prompt.</summary>
    public static void RouteFailed(ILogger logger, IngressOptions options, Exchange exchange, RouteOutcome.Failed failure)
    {
        var level = ErrorTable.Of(failure.Kind).Level;
        if (logger.IsEnabled(level))
            RouteFailed(
                logger, level, exchange.RequestId, exchange.XRequestId ?? "none", failure.Kind, exchange.Route!.Entry.Provider, failure.Status,
                LogText.Of(failure.Code, MaxId) ?? "none",
                LogText.Of(exchange.UpstreamRequestId, MaxId) ?? "unknown", failure.Message.Length,
                options.LogErrorTexts ? ": " + LogText.Of(failure.Message, MaxText) : "");
    }

    [LoggerMessage(
        "Request {RequestId}, x-request-id {XRequestId}: {Kind} from route {Provider}; status {Status}, code {Code}, provider's id {UpstreamId}, "
        + "a text of {Length} characters{Text}")]
    private static partial void RouteFailed(
        ILogger logger, LogLevel level, string requestId, string xRequestId, ErrorKind kind, string provider, int status, string code, string upstreamId,
        int length, string text);

    [LoggerMessage(LogLevel.Information, "Request {RequestId}: {Provider} refused a thinking block of the history; sent once more without any")]
    public static partial void ThinkingRefused(ILogger logger, string requestId, string provider);

    [LoggerMessage(LogLevel.Error, "Account {AccountId} cannot be reached to admit a request")]
    public static partial void QuotaUnavailable(ILogger logger, string accountId, Exception e);

    [LoggerMessage(LogLevel.Information, "Request {RequestId}: {Provider} does not know {Names}, asking again without")]
    public static partial void NativeGap(ILogger log, string requestId, string provider, string names);
}
