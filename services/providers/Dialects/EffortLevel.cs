namespace Gateway.Providers.Dialects;

/// <summary>How much reasoning a request asks for, in OpenAI's terms (rule E92).</summary>
internal static class EffortLevel
{
    /// <summary>The effort by its name or by the size of the budget, at most what the provider supports. Null where the request does not say.</summary>
    public static string? Of(ProviderCall call)
    {
        var effort = call.Request.Effort ?? call.Request.Thinking.BudgetTokens switch
        {
            null => null,
            <= 4_096 => "low",
            <= 16_384 => "medium",
            <= 49_152 => "high",
            _ => "xhigh",
        };
        return effort switch
        {
            _ when call.Has(Quirk.EffortHighOnly) && (effort is not null || call.Request.Thinking.Wanted) => "high",
            "max" or "xhigh" when call.Has(Quirk.EffortUpToHigh) || !call.Allows(Adjustments.EffortOverHigh) => "high",
            "max" when call.Has(Quirk.EffortUpToXhigh) => "xhigh",
            "medium" when call.Has(Quirk.EffortLowOrHigh) => "low",
            "xhigh" or "max" when call.Has(Quirk.EffortLowOrHigh) => "high",
            _ => effort,
        };
    }
}
