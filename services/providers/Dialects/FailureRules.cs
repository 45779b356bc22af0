using System.Text.RegularExpressions;
using Gateway.Contracts.Errors;

namespace Gateway.Providers.Dialects;

/// <summary>Turns a provider's error into what the client is told: its kind, and Anthropic's exact words where clients act on them (rules E122-E127).</summary>
internal static partial class FailureRules
{
    /// <summary>Optional fields of ours that a provider may not know; it is asked once more without the one it names.</summary>
    private static readonly string[] Optional =
    [
        "stream_options", "reasoning_effort", "reasoning.summary", "reasoning", "enable_thinking", "chat_template_kwargs", "thinking",
        "parallel_tool_calls", "safety_identifier", "prompt_cache_key", "prompt_cache_breakpoint", "temperature", "top_p", "top_k", "tool_choice", "strict",
        "max_completion_tokens", "max_output_tokens", "max_tokens",
    ];

    public static ProviderFailure Of(ProviderCall call, ProviderFault fault)
    {
        if (ContextOverflow.Find(call, fault) is { } overflow)
            return new ProviderFailure(ErrorKind.InvalidRequest, overflow);
        var kind = Kind(fault);
        return new ProviderFailure(kind, Message(call, kind, fault), kind == ErrorKind.InvalidRequest ? Remedy(call, fault) : null);
    }

    private static ErrorKind Kind(ProviderFault fault)
    {
        var code = fault.Code ?? fault.Type;
        if (Is(fault, "insufficient_quota") || Is(fault, "billing_hard_limit_reached") || Is(fault, "insufficient_balance"))
            return ErrorKind.ProviderQuota;
        if (Is(fault, "model_not_found"))
            return ErrorKind.NotFound;
        if (fault.Status is { } status)
            return ErrorTable.OfProviderStatus(status);
        return code switch
        {
            null => ErrorKind.ProviderError,
            "rate_limit_exceeded" or "rate_limit_error" or "requests" or "tokens" => ErrorKind.ProviderRateLimited,
            "overloaded_error" or "engine_overloaded" or "service_unavailable" or "server_overloaded" => ErrorKind.ProviderOverloaded,
            "invalid_api_key" or "authentication_error" or "permission_error" => ErrorKind.ProviderCredentials,
            "timeout" or "timeout_error" => ErrorKind.ProviderTimeout,
            "invalid_request_error" or "invalid_prompt" or "BadRequestError" => ErrorKind.InvalidRequest,
            _ => ErrorKind.ProviderError,
        };
    }

    private static bool Is(ProviderFault fault, string code) => fault.Code == code || fault.Type == code;

    /// <summary>What a provider says about our credentials and account is not for the client; the rest of its messages are.</summary>
    private static string Message(ProviderCall call, ErrorKind kind, ProviderFault fault) => kind switch
    {
        ErrorKind.ProviderCredentials => $"The provider {call.Provider.Name} refused the gateway's credentials. The operator of the gateway has to renew them.",
        ErrorKind.ProviderQuota => $"The gateway's account at the provider {call.Provider.Name} is out of credit.",
        _ when fault.Message.Length > 0 => fault.Message,
        ErrorKind.ProviderRateLimited => $"The provider {call.Provider.Name} is limiting the rate of requests.",
        ErrorKind.ProviderOverloaded => $"The provider {call.Provider.Name} is overloaded.",
        _ when fault.Status is { } status =>
            FormattableString.Invariant($"The provider {call.Provider.Name} answered with an error ({status}) and did not say why."),
        _ => $"The provider {call.Provider.Name} answered with an error and did not say why.",
    };

    private static Adjustments? Remedy(ProviderCall call, ProviderFault fault)
    {
        if (MaxTokensLimit(call, fault) is { } limit)
            return call.Adjustments with { MaxTokens = limit };
        var field = fault.Param is { } param && Array.Find(Optional, o => param == o || param.StartsWith(o + ".", StringComparison.Ordinal)
            || param.EndsWith("." + o, StringComparison.Ordinal)) is { } named
            ? named
            : Unknown().IsMatch(fault.Message) ? FirstNamed(fault.Message) : null;
        // A level of effort this model does not know is no reason to give up on effort: the next lower one that all know (rule E92).
        if (field is Adjustments.Effort or "reasoning" && call.Allows(Adjustments.EffortOverHigh)
            && call.Request.Effort is "xhigh" or "max" && Value().IsMatch(fault.Message))
            field = Adjustments.EffortOverHigh;
        return field is null || !call.Allows(field) ? null : call.Adjustments with { Without = call.Adjustments.Without.Add(field) };
    }

    /// <summary>A sentence begins with what it is about: "tool_choice is incompatible with thinking enabled".</summary>
    private static string? FirstNamed(string message) => Optional
        .Select(o => (Field: o, Match: Regex.Match(message, $@"(?<![\w.]){o}(?!\w)")))
        .Where(m => m.Match.Success)
        .OrderBy(m => m.Match.Index)
        .Select(m => m.Field)
        .FirstOrDefault();

    /// <summary>The limit named by an error that says the output limit is too large (rule E109).</summary>
    private static int? MaxTokensLimit(ProviderCall call, ProviderFault fault)
    {
        if (!fault.Message.Contains("max_", StringComparison.Ordinal) || call.Request.MaxTokens is not { } asked)
            return null;
        foreach (Match match in Limits().Matches(fault.Message))
        {
            var digits = match.Groups.Values.Skip(1).First(g => g.Success).Value.Replace(",", "", StringComparison.Ordinal);
            if (int.TryParse(digits, out var limit) && limit > 0 && limit < asked && limit != call.Adjustments.MaxTokens)
                return limit;
        }

        return null;
    }

    [GeneratedRegex(
        @"at most ([\d,]+)|less than or equal to `?([\d,]+)|\[\s*\d+\s*,\s*([\d,]+)\s*\]|<= ?([\d,]+)|between \d+ and ([\d,]+)|"
        + @"maximum (?:value )?(?:is|of) ([\d,]+)|(?:limit|max) (?:is|of) ([\d,]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Limits();

    [GeneratedRegex("value", RegexOptions.IgnoreCase)]
    private static partial Regex Value();

    [GeneratedRegex(
        "unknown|unrecognized|unsupported|not supported|not permitted|unexpected|does not support|doesn't support|incompatible|"
        + "only [^ ]+ is allowed|not allowed|extra (?:inputs|fields)|invalid (?:field|parameter|argument)|additional properties",
        RegexOptions.IgnoreCase)]
    private static partial Regex Unknown();
}
