namespace Gateway.Contracts.SignIn;

public sealed record DeviceBegin
{
    /// <summary>The keyed hash of the device code's secret.</summary>
    public required string SecretHash { get; init; }
    public required int LifetimeSeconds { get; init; }

    /// <summary>The least time between two polls.</summary>
    public required double IntervalSeconds { get; init; }

    /// <summary>For the admin API, not for models.</summary>
    public bool Admin { get; init; }
}
