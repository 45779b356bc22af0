namespace Gateway.Contracts.Accounts;

/// <summary>Gives back what a lease has left, and closes it.</summary>
public sealed record LeaseReturn
{
    public required string LeaseId { get; init; }

    /// <summary>As in <see cref="LeaseRequest.Sequence"/>, from the same counter.</summary>
    public required long Sequence { get; init; }
    public required Allowance Return { get; init; }
}
