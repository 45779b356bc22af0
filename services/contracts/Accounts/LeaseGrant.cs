namespace Gateway.Contracts.Accounts;

/// <summary>The account's answer to a <see cref="LeaseRequest"/>.</summary>
public sealed record LeaseGrant
{
    /// <summary>
    /// Added to what the holder has. At least the need, or all 0 with a <see cref="Refusal"/>. Dimensions without a limit (a null in
    /// <see cref="Status"/>) are never granted and need no counting.
    /// </summary>
    public Allowance Granted { get; init; }

    public QuotaRefusal? Refusal { get; init; }

    /// <summary>
    /// For how long the holder may admit from the lease, counted on its own clock from before it sent the request. Each call starts it anew.
    /// </summary>
    public required long LifetimeMs { get; init; }

    /// <summary>
    /// The account knew no such lease: it is new, or its money was released because nothing was heard of the holder for too long.
    /// Whatever the holder thought it had free before this call is void; it has what is granted here.
    /// </summary>
    public bool Opened { get; init; }

    /// <summary>Others are waiting for what this holder may have to spare: give back all that is free now, not when idle.</summary>
    public bool Recall { get; init; }

    public required AccountStatus Status { get; init; }
}
