using Dapr.Actors;

namespace Gateway.Contracts.SignIn;

/// <summary>
/// A device that waits to be signed in (RFC 8628). The actor's id is the keyed hash of its user code; the device code names it and has a secret besides,
/// so the page and the polls come to the same actor, at whichever ingress they arrive.
/// </summary>
public interface IDeviceSignInActor : IActor
{
    /// <summary>False: another device waits under this code.</summary>
    Task<bool> BeginAsync(DeviceBegin begin);

    /// <summary>Somebody has typed the code in: from now on it is that browser's.</summary>
    Task<DeviceView> OpenAsync(DeviceStep step);

    /// <summary>How it stands, to the browser it belongs to.</summary>
    Task<DeviceView> GetAsync(DeviceStep step);

    /// <summary>The identity provider has said who that is.</summary>
    Task<DeviceView> IdentifyAsync(DeviceStep step);

    /// <summary>He has said yes or no. With a yes his account is made, if it was not there.</summary>
    Task<DeviceView> DecideAsync(DeviceStep step);

    /// <summary>The device asks. What it gets it gets once.</summary>
    Task<TokenGrant> PollAsync(DevicePoll poll);
}
