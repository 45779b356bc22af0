using Gateway.Contracts.Errors;

namespace Gateway.ProviderAdapter;

/// <summary>Ids, sizes, timings and names; never bodies, never the value of a credential.</summary>
internal static partial class Log
{
    [LoggerMessage(Message = "Call {RequestId} to provider {Provider} failed after {Attempts} attempts: {Kind}. {Reason} {Cause}")]
    public static partial void CallFailed(
        ILogger logger, LogLevel level, string? requestId, string provider, int attempts, ErrorKind kind, string reason, string? cause);

    [LoggerMessage(LogLevel.Warning, "The stream of call {RequestId} from provider {Provider} ended early: {Kind}. {Reason}")]
    public static partial void StreamBroke(ILogger logger, string? requestId, string provider, ErrorKind kind, string reason);

    [LoggerMessage(LogLevel.Error, "Provider {Provider} refused the credential {Secret} with status {Status}")]
    public static partial void CredentialRefused(ILogger logger, string provider, string secret, int status);

    [LoggerMessage(LogLevel.Error, "The secret {Name} could not be read from the secret store. {Reason} {Cause}")]
    public static partial void SecretUnavailable(ILogger logger, string name, string reason, string? cause);

    [LoggerMessage(LogLevel.Error, "The cloud of provider {Provider} gave no credentials: {Reason}")]
    public static partial void NoCloudCredentials(ILogger logger, string provider, string? reason);

    [LoggerMessage(LogLevel.Warning, "The clock of provider {Provider} is {Seconds} s ahead of this machine's; requests are signed by its clock")]
    public static partial void ClockSkew(ILogger logger, string provider, int seconds);

    [LoggerMessage(LogLevel.Warning, "Provider {Provider} keeps failing, at last with model {Model}; calls are refused for a while")]
    public static partial void BreakerOpened(ILogger logger, string provider, string model);

    [LoggerMessage(LogLevel.Information, "Provider {Provider} answers again")]
    public static partial void BreakerClosed(ILogger logger, string provider);

    [LoggerMessage(LogLevel.Warning, "The places of {Provider} cannot be shared with other adapters now, and are counted here alone: {Reason}")]
    public static partial void PlacesUnshared(ILogger logger, string provider, string reason);

    [LoggerMessage(LogLevel.Debug, "Call {RequestId} to provider {Provider}: status {Status} after {Attempts} attempts")]
    public static partial void Answered(ILogger logger, string? requestId, string provider, int status, int attempts);

    [LoggerMessage(LogLevel.Warning, "The search service {Service} could not be used: {Reason}")]
    public static partial void SearchFailed(ILogger logger, string service, string reason);

    [LoggerMessage(LogLevel.Information, "A page of {Host} was not read: {Reason}")]
    public static partial void PageNotRead(ILogger logger, string host, string reason);
}
