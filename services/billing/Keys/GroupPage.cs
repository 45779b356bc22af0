using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

public sealed record GroupPage
{
    public IReadOnlyList<GroupView> Groups { get; init; } = [];
    public string? Next { get; init; }
    public bool UnknownAfter { get; init; }
}
