using System.Text.RegularExpressions;
using Gateway.Providers.Dialects;

namespace Gateway.Providers;

/// <summary>
/// Tells a refusal over money or standing of the operator's account from a limit of the rate: no waiting helps, another account may (rules E126,
/// E127). Providers say either with a 429, and some with a 400 or 403.
/// </summary>
public static partial class AccountWords
{
    private static readonly string[] Codes =
    [
        "insufficient_quota", "billing_hard_limit_reached", "insufficient_balance", "exceeded_current_quota_error", "account_deactivated",
        "insufficient_credits", "payment_required", "billing_not_active", "Arrearage", "1113",
    ];

    public static bool AreIn(ProviderFault fault) =>
        fault.Status is null or 400 or 402 or 403 or 429
        && (Array.Exists(Codes, fault.Is) || (AreIn(fault.Message) && !(fault.Type == "RESOURCE_EXHAUSTED" && PerTime().IsMatch(fault.Message))));

    /// <param name="text">A message, or a whole body.</param>
    public static bool AreIn(string text) => Words().IsMatch(text) || Array.Exists(Codes, c => text.Contains($"\"{c}\"", StringComparison.Ordinal));

    [GeneratedRegex(
        @"insufficient[ _](?:account )?(?:balance|credits?|funds|quota)|"
        + @"(?:balance|credits?|funds) (?:is |are |has been |have been |was )?(?:too low|insufficient|exhausted|depleted|used up|not enough)|"
        + @"(?:out of|no more|not enough|all available|requires more) credits|please recharge|recharge your account|top[ -]?up your|in arrears|"
        + @"overdue (?:bill|payment|balance)|"
        + @"\baccount\b[^.]{0,60}\b(?:is|has been|was) (?:suspended|deactivated|disabled|not active|restricted|overdue)|account is in good standing|"
        + @"billing (?:hard )?limit|spend(?:ing)? limit|payment required|check your plan and billing details",
        RegexOptions.IgnoreCase)]
    private static partial Regex Words();

    /// <summary>Google says of its limits by the minute that the plan should be looked at.</summary>
    [GeneratedRegex("retry in|per ?(?:minute|day)|current quota", RegexOptions.IgnoreCase)]
    private static partial Regex PerTime();
}
