using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

/// <summary>A user, or what was wrong by field, or none of it: there is no such user.</summary>
public sealed record UserResult
{
    public UserView? User { get; init; }
    public Dictionary<string, string[]>? Errors { get; init; }

    /// <summary>The user is there, but not in a state to do this with.</summary>
    public string? Conflict { get; init; }
}
