namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>Who spends: a user, or a key in the place of a person.</summary>
internal sealed record EffectiveActor
{
    public string Type { get; } = "user_actor";
    public required string UserId { get; init; }
    public required string? Name { get; init; }
    public required string? EmailAddress { get; init; }

    /// <summary>Whether it is revoked.</summary>
    public required bool Deleted { get; init; }
}
