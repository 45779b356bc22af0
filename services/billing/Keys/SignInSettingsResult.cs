using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

/// <summary>The rules in force, or what was wrong by field.</summary>
public sealed record SignInSettingsResult
{
    public SignInSettings? Settings { get; init; }
    public Dictionary<string, string[]>? Errors { get; init; }
}
