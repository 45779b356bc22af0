namespace Gateway.Billing;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Account {Account}: {Money} was held by leases whose holder has been silent for too long; released as unsettled")]
    public static partial void Unsettled(ILogger logger, string account, decimal money);

    [LoggerMessage(LogLevel.Warning, "Account {Account}: the reminder that looks after silent holders could not be set and is tried again: {Reason}")]
    public static partial void NotWatched(ILogger logger, string account, string reason);

    [LoggerMessage(LogLevel.Warning, "Account {Account}: what is older than it keeps could not be let go of, and is tried again: {Reason}")]
    public static partial void NotPurged(ILogger logger, string account, string reason);

    [LoggerMessage(LogLevel.Warning,
        "Account {Account}: nothing old is let go of by a clock that says {Today}, since it said {Before} before; if it is right, it is believed in a week")]
    public static partial void DayDoubted(ILogger logger, string account, DateOnly today, DateOnly? before);

    [LoggerMessage(LogLevel.Warning, "Webhook {Webhook}: what is next could not be read, or kept, and is tried again: {Reason}")]
    public static partial void NotSent(ILogger logger, string webhook, string reason);

    [LoggerMessage(LogLevel.Warning, "Webhook {Webhook} has not taken a change of its settings, which is tried again: {Reason}")]
    public static partial void WebhookNotTold(ILogger logger, string webhook, string reason);

    [LoggerMessage(LogLevel.Error, "Webhook {Webhook}: delivery {Id} of {Events} events is given up and kept as a dead letter: {Reason}")]
    public static partial void WebhookDeadLetter(ILogger logger, string webhook, string id, int events, string reason);

    [LoggerMessage(LogLevel.Warning, "Changes of keys wait for the next one: the reminder to finish them could not be set: {Reason}")]
    public static partial void NotReminded(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "{Count} models have no price, and strict budgets refuse them (GET /admin/v1/prices): {Models}")]
    public static partial void Unpriced(ILogger logger, int count, string models);

    [LoggerMessage(LogLevel.Error, "The strict budget of {Account} refuses every request: {Reason}")]
    public static partial void BudgetWithoutPrices(ILogger logger, string account, string reason);

    [LoggerMessage(LogLevel.Information, "Prices are held against budgets later: {Reason}")]
    public static partial void PricesNotChecked(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "The notice about {Account} could not be published (attempt {Attempt})")]
    public static partial void NoticeFailed(ILogger logger, string account, int attempt, Exception exception);

    [LoggerMessage(LogLevel.Warning, "The notice about {Account} is dropped: too many are waiting for the broker")]
    public static partial void NoticeDropped(ILogger logger, string account);

    [LoggerMessage(LogLevel.Information, "Waiting for the Dapr sidecar and its actor runtime: {Reason}")]
    public static partial void Waiting(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "GATEWAY_HASH_SECRET is not the secret that the existing keys are hashed with; the stored one stays in use")]
    public static partial void HashSecretIgnored(ILogger logger);

    [LoggerMessage(LogLevel.Information, "Keys and admin key are ready")]
    public static partial void Bootstrapped(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "A usage event of {Length} bytes could not be recorded now and is asked for again")]
    public static partial void NotRecorded(ILogger logger, int length, Exception exception);

    [LoggerMessage(LogLevel.Error, "A delivery of {Length} bytes on the usage topic could not be counted and is kept as dead letter {Id}: {Reason}")]
    public static partial void DeadLetter(ILogger logger, string id, int length, string reason);

    [LoggerMessage(LogLevel.Warning, "Dead letter {Id} could not be replayed: {Reason}")]
    public static partial void ReplayFailed(ILogger logger, string id, string reason);

    [LoggerMessage(LogLevel.Information, "Dead letter {Id} is replayed (corrected: {Corrected})")]
    public static partial void Replayed(ILogger logger, string id, bool corrected);

    [LoggerMessage(LogLevel.Warning, "Dead letter {Id} ({Length} characters) is discarded by an admin call: {Reason}")]
    public static partial void Discarded(ILogger logger, string id, int length, string? reason);

    [LoggerMessage(LogLevel.Error, "An admin call to {Path} failed")]
    public static partial void AdminFailed(ILogger logger, string path, Exception exception);
}
