namespace Gateway.Billing.Keys;

public sealed record BootstrapResult
{
    /// <summary>The candidate is the admin key now; to be shown, since it is stored nowhere.</summary>
    public required bool CandidateTaken { get; init; }

    /// <summary>A hash secret was configured, but keys have been hashed with another one, which stays.</summary>
    public required bool HashSecretIgnored { get; init; }
}
