namespace Gateway.Contracts.SignIn;

public sealed record DevicePoll
{
    /// <summary>The keyed hash of the device code's secret.</summary>
    public required string SecretHash { get; init; }
}
