using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.SignIn;

namespace Gateway.Billing.SignIn;

/// <summary>The state of a device that waits.</summary>
internal sealed record DeviceSignIn
{
    public required string SecretHash { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public required double IntervalSeconds { get; init; }
    public bool Admin { get; init; }
    public DeviceStatus Status { get; init; } = DeviceStatus.Waiting;
    public string? BrowserHash { get; init; }
    public UserIdentity? Identity { get; init; }

    /// <summary>The identity provider's refresh token, for the minutes until the device asks: under the installation's secret.</summary>
    public SealedText? ProviderToken { get; init; }
    public UserRecord? User { get; init; }
    public DateTimeOffset? ApprovedAt { get; init; }
    public string? Refusal { get; init; }
}
