namespace Gateway.Billing.Keys;

/// <summary>Managed settings of a team, an organisation or everybody.</summary>
public sealed record ManagedSettingsEntry
{
    public required string Id { get; init; }

    /// <summary>Their JSON, which no sidecar may write anew.</summary>
    public required string Text { get; init; }

    public required string Checksum { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}
