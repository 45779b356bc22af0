using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

/// <summary>A group, or what was wrong by field, or neither: there is no such group.</summary>
public sealed record GroupResult
{
    public GroupView? Group { get; init; }
    public Dictionary<string, string[]>? Errors { get; init; }
}
