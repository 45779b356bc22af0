using System.ComponentModel.DataAnnotations;

namespace Gateway.Billing.SignIn;

/// <summary>How long a sign-in lasts.</summary>
internal sealed record SignInOptions
{
    private const double DayMinutes = 24 * 60;

    /// <summary>How long an access token is good. Claude Code asks for the next one when less than five minutes are left.</summary>
    [ConfigurationKeyName("GATEWAY_TOKEN_MINUTES"), Range(0.01, DayMinutes)]
    public double TokenMinutes { get; init; } = 60;

    /// <summary>How long a device stays signed in.</summary>
    [ConfigurationKeyName("GATEWAY_SESSION_DAYS"), Range(0.001, 366)]
    public double SessionDays { get; init; } = 30;

    public TimeSpan TokenLifetime => TimeSpan.FromMinutes(TokenMinutes);

    public TimeSpan SessionLifetime => TimeSpan.FromDays(SessionDays);
}
