using System.Globalization;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Quota;

/// <summary>
/// The answer when a budget cannot cover a request: what was needed, what is left, when it resets and what to do. Where running requests hold the
/// rest, waiting helps: 429. Else 402, which the official SDKs do not repeat, as they would a 429 (rules F29, E126); Claude Code gets the 429 of its
/// contract, which forbids repeating in a header, and shows the text as it is.
/// </summary>
internal static class BudgetRefusal
{
    /// <param name="refusal">Of the budget.</param>
    /// <param name="who">Whose it is, for the text.</param>
    /// <param name="standing">How it stands, as far as it is known.</param>
    /// <param name="response">The client's; may get headers.</param>
    /// <param name="now">The time.</param>
    public static GatewayException Of(QuotaRefusal refusal, string who, BudgetStanding? standing, HttpResponse response, DateTimeOffset now)
    {
        var period = refusal.Period?.Name() is { } name ? name + " " : "";
        var resets = refusal.ResetsAt is { } at ? $" It resets at {at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}." : "";
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"The {period}budget of {who} ({refusal.Limit} {refusal.Currency}) cannot cover this request: "
            + $"it may cost up to {refusal.Needed} {refusal.Currency}, {refusal.Left} {refusal.Currency} is left.{resets}");
        if (refusal.Transient)
            return new(ErrorKind.RateLimited, text + " Running requests hold part of it; try again when they are done.")
            {
                RetryAfterSeconds = refusal.RetryAfterSeconds(),
            };
        if (!ClaudeCode.IsClient(response.HttpContext.Request))
            return new(ErrorKind.BudgetExhausted, text + " Ask for a larger budget, or send a smaller max_tokens.");

        BudgetHeaders.PutRefusal(response, refusal, standing);
        return new(ErrorKind.SpendLimitReached, text + " Ask whoever gave you this key for a larger budget, or choose a cheaper model with /model.")
        {
            RetryAfterSeconds = refusal.ResetsAt is { } reset ? (int)Math.Max(1, Math.Ceiling((reset - now).TotalSeconds)) : null,
        };
    }

    /// <summary>When the need may be covered, in whole seconds.</summary>
    public static int RetryAfterSeconds(this QuotaRefusal refusal) => (int)Math.Max(1, Math.Ceiling((refusal.RetryAfterMs ?? 1000) / 1000.0));
}
