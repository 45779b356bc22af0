using Microsoft.Extensions.Logging;

namespace Gateway.Contracts.Errors;

/// <param name="Status">The HTTP status while nothing has been sent.</param>
/// <param name="Type">Anthropic's <c>error.type</c>.</param>
/// <param name="NextRoute">Whether another route may be tried: nothing of an answer was delivered, and the request itself is not at fault.</param>
/// <param name="ClientShouldRetry">False adds <c>x-should-retry: false</c>, which the official SDKs and Claude Code obey.</param>
public readonly record struct ErrorInfo(int Status, string Type, bool NextRoute, bool ClientShouldRetry, LogLevel Level);

/// <summary>The one table from an <see cref="ErrorKind"/> to status, type, retry and log level.</summary>
public static class ErrorTable
{
    public static ErrorInfo Of(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidRequest => new(400, ErrorTypes.InvalidRequest, false, true, LogLevel.Debug),
        ErrorKind.Authentication => new(401, ErrorTypes.Authentication, false, false, LogLevel.Information),
        ErrorKind.Permission => new(403, ErrorTypes.Permission, false, true, LogLevel.Information),
        ErrorKind.NotFound => new(404, ErrorTypes.NotFound, false, true, LogLevel.Debug),
        ErrorKind.MethodNotAllowed => new(405, ErrorTypes.InvalidRequest, false, true, LogLevel.Debug),
        ErrorKind.Conflict => new(409, ErrorTypes.Conflict, false, true, LogLevel.Debug),
        ErrorKind.RequestTooLarge => new(413, ErrorTypes.RequestTooLarge, false, true, LogLevel.Debug),

        ErrorKind.RateLimited => new(429, ErrorTypes.RateLimit, false, true, LogLevel.Debug),
        ErrorKind.BudgetExhausted => new(402, ErrorTypes.Billing, false, false, LogLevel.Information),
        ErrorKind.SpendLimitReached => new(429, ErrorTypes.Billing, false, false, LogLevel.Information),

        ErrorKind.Overloaded => new(503, ErrorTypes.Overloaded, false, true, LogLevel.Warning),
        ErrorKind.ClientTooSlow => new(408, ErrorTypes.Timeout, false, true, LogLevel.Information),

        ErrorKind.ProviderCredentials => new(502, ErrorTypes.Api, true, false, LogLevel.Error),
        ErrorKind.ProviderQuota => new(402, ErrorTypes.Billing, true, false, LogLevel.Error),
        ErrorKind.ProviderRateLimited => new(429, ErrorTypes.RateLimit, true, true, LogLevel.Information),
        ErrorKind.ProviderOverloaded => new(529, ErrorTypes.Overloaded, true, true, LogLevel.Warning),
        ErrorKind.ProviderError => new(502, ErrorTypes.Api, true, true, LogLevel.Warning),
        ErrorKind.ProviderUnreachable => new(502, ErrorTypes.Api, true, true, LogLevel.Warning),
        ErrorKind.ProviderTimeout => new(504, ErrorTypes.Timeout, true, true, LogLevel.Warning),
        ErrorKind.ProviderTruncated => new(502, ErrorTypes.Api, true, true, LogLevel.Warning),
        ErrorKind.ProviderProtocol => new(502, ErrorTypes.Api, true, true, LogLevel.Warning),

        ErrorKind.ServiceUnavailable => new(503, ErrorTypes.Api, true, true, LogLevel.Error),
        ErrorKind.Interrupted => new(529, ErrorTypes.Overloaded, true, true, LogLevel.Warning),
        ErrorKind.Internal => new(500, ErrorTypes.Api, false, true, LogLevel.Error),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>
    /// What a provider's error status means, whatever its wire format (rule E122). A 401 or 403 is about our credentials, not the client's;
    /// a 404 may be a model this provider does not have, so another route may still serve it.
    /// </summary>
    public static ErrorKind OfProviderStatus(int status) => status switch
    {
        401 or 403 => ErrorKind.ProviderCredentials,
        402 => ErrorKind.ProviderQuota,
        404 => ErrorKind.NotFound,
        408 or 504 => ErrorKind.ProviderTimeout,
        409 => ErrorKind.Conflict,
        413 => ErrorKind.RequestTooLarge,
        429 => ErrorKind.ProviderRateLimited,
        503 or 529 => ErrorKind.ProviderOverloaded,
        >= 400 and < 500 => ErrorKind.InvalidRequest,
        _ => ErrorKind.ProviderError,
    };

    /// <summary>The kind behind an <c>error.type</c> inside a stream, where there is no status to go by.</summary>
    public static ErrorKind OfType(ReadOnlySpan<byte> type) => type switch
    {
        _ when type.SequenceEqual("overloaded_error"u8) => ErrorKind.ProviderOverloaded,
        _ when type.SequenceEqual("rate_limit_error"u8) => ErrorKind.ProviderRateLimited,
        _ when type.SequenceEqual("invalid_request_error"u8) => ErrorKind.InvalidRequest,
        _ when type.SequenceEqual("request_too_large"u8) => ErrorKind.RequestTooLarge,
        _ when type.SequenceEqual("not_found_error"u8) => ErrorKind.NotFound,
        _ when type.SequenceEqual("timeout_error"u8) => ErrorKind.ProviderTimeout,
        _ when type.SequenceEqual("authentication_error"u8) => ErrorKind.ProviderCredentials,
        _ when type.SequenceEqual("permission_error"u8) => ErrorKind.ProviderCredentials,
        _ when type.SequenceEqual("billing_error"u8) => ErrorKind.ProviderQuota,
        _ => ErrorKind.ProviderError,
    };
}
