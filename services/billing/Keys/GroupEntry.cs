using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

internal sealed record GroupEntry
{
    public required GroupView Group { get; init; }

    /// <summary>Its place in the list.</summary>
    public long Number { get; init; }
}
