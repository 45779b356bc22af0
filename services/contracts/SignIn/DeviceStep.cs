using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.SignIn;

/// <summary>What a browser does about a device.</summary>
public sealed record DeviceStep
{
    /// <summary>The keyed hash of the secret in the browser's cookie.</summary>
    public required string BrowserHash { get; init; }

    /// <summary>Of an identification.</summary>
    public UserIdentity? Identity { get; init; }

    /// <summary>The identity provider's refresh token, where it gives one.</summary>
    public string? ProviderToken { get; init; }

    /// <summary>Of a decision.</summary>
    public bool Approve { get; init; }
}
