using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Contracts.Errors;

namespace Gateway.Providers.Dialects;

/// <summary>Turns a provider's error into what the client is told: its kind, and Anthropic's exact words where clients act on them (rules E122-E127).</summary>
internal static partial class FailureRules
{
    public static ProviderFailure Of(ProviderCall call, ProviderFault fault)
    {
        if (ContextOverflow.Find(call, fault) is { } overflow)
            return new ProviderFailure(ErrorKind.InvalidRequest, overflow, fault);
        var kind = Kind(fault);
        if (kind == ErrorKind.ProviderRateLimited && fault.RetryAfterSeconds is null)
            fault = fault with { RetryAfterSeconds = Wait(fault.Message) };
        return new ProviderFailure(kind, Message(call, kind, fault), fault);
    }

    private static ErrorKind Kind(ProviderFault fault)
    {
        if (AccountWords.AreIn(fault))
            return ErrorKind.ProviderQuota;
        if (fault.Is("model_not_found"))
            return ErrorKind.NotFound;
        if (fault.Is("invalid_api_key"))
            return ErrorKind.ProviderCredentials;
        // The model's own slip: nothing is wrong with the request, and another try usually succeeds.
        if (fault.Is("tool_use_failed") || fault.Is("json_validate_failed") || fault.Is("output_parse_failed") || Slip().IsMatch(fault.Message))
            return ErrorKind.ProviderError;
        if (fault.Status is { } status)
            return ErrorTable.OfProviderStatus(status);
        return OfCode(fault.Code) ?? OfCode(fault.Type) ?? ErrorKind.ProviderError;
    }

    private static ErrorKind? OfCode(string? code) => code switch
    {
        "rate_limit_exceeded" or "rate_limit_error" or "requests" or "tokens" or "too_many_requests" or "RESOURCE_EXHAUSTED" => ErrorKind.ProviderRateLimited,
        "overloaded_error" or "engine_overloaded" or "service_unavailable" or "server_overloaded" or "server_is_overloaded" or "slow_down" or "UNAVAILABLE" =>
            ErrorKind.ProviderOverloaded,
        "authentication_error" or "permission_error" or "PERMISSION_DENIED" or "UNAUTHENTICATED" => ErrorKind.ProviderCredentials,
        "timeout" or "timeout_error" or "DEADLINE_EXCEEDED" => ErrorKind.ProviderTimeout,
        "not_found_error" or "NOT_FOUND" => ErrorKind.NotFound,
        "invalid_request_error" or "invalid_prompt" or "invalid_encrypted_content" or "BadRequestError" or "INVALID_ARGUMENT" => ErrorKind.InvalidRequest,
        _ => null,
    };

    /// <summary>What a provider says about our credentials and account is not for the client; the rest of its messages are.</summary>
    private static string Message(ProviderCall call, ErrorKind kind, ProviderFault fault) => kind switch
    {
        ErrorKind.ProviderCredentials => $"The provider {call.Provider.Name} refused the gateway's credentials. The operator of the gateway has to renew them.",
        ErrorKind.ProviderQuota => $"The gateway's account at the provider {call.Provider.Name} is out of credit.",
        _ when fault.Message.Length > 0 => OperatorIds.RemoveFrom(fault.Message),
        ErrorKind.ProviderRateLimited => $"The provider {call.Provider.Name} is limiting the rate of requests.",
        ErrorKind.ProviderOverloaded => $"The provider {call.Provider.Name} is overloaded.",
        _ when fault.Status is { } status =>
            FormattableString.Invariant($"The provider {call.Provider.Name} answered with an error ({status}) and did not say why."),
        _ => $"The provider {call.Provider.Name} answered with an error and did not say why.",
    };

    /// <summary>"Please try again in 2s", "retry after 3 seconds".</summary>
    private static int? Wait(string message) =>
        Again().Match(message) is { Success: true } match
            && double.TryParse(match.Groups[1].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? (int)Math.Ceiling(match.Groups[2].Value[0] == 'm' ? (match.Groups[2].Value == "ms" ? number / 1000 : number * 60) : number)
            : null;

    [GeneratedRegex(@"\b(?:try again|retry)\b[^.\d]{0,20}?\b(?:in|after)\s+(\d+(?:\.\d+)?)\s*(ms|s|m)", RegexOptions.IgnoreCase)]
    private static partial Regex Again();

    [GeneratedRegex(
        @"failed to (?:call|parse) (?:a )?(?:function|tool|generated)|(?:model|generation) (?:produced|generated|returned) (?:an? )?(?:invalid|malformed)"
        + @"|(?:invalid|malformed) (?:tool|function) call (?:was )?(?:generated|produced|returned)|failed to generate json",
        RegexOptions.IgnoreCase)]
    private static partial Regex Slip();
}
