using System.Security.Cryptography;
using System.Text;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Gateway.Billing.Keys;
using Gateway.Contracts.Names;
using Gateway.Contracts.SignIn;

namespace Gateway.Billing.SignIn;

/// <summary>State key: <c>device</c>. It is gone when the device has its tokens, or the code is over.</summary>
internal sealed class DeviceSignInActor(ActorHost host, InstallationHasher hasher, TimeProvider time, SidecarStarts starts)
    : PlacedActor(host, starts), IDeviceSignInActor, IRemindable
{
    private const string Device = "device";
    private const string Over = "over";

    /// <summary>Clocks and networks are not exact, and a client that keeps to its interval must not be told to slow down.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(0.5);

    private DateTimeOffset _lastPoll;

    public async Task<bool> BeginAsync(DeviceBegin begin)
    {
        if (await FindAsync() is not null)
            return false;
        var lifetime = TimeSpan.FromSeconds(begin.LifetimeSeconds);
        // Before the state, so that none is left behind.
        await RegisterReminderAsync(Over, [], lifetime + TimeSpan.FromMinutes(1), lifetime);
        await SaveAsync(new DeviceSignIn
        {
            SecretHash = begin.SecretHash,
            ExpiresAt = time.GetUtcNow() + lifetime,
            IntervalSeconds = begin.IntervalSeconds,
            Admin = begin.Admin,
        });
        return true;
    }

    public async Task<DeviceView> OpenAsync(DeviceStep step)
    {
        // A code that was typed in twice is the later browser's, until somebody has signed in.
        if (await FindAsync() is not { Status: DeviceStatus.Waiting } device)
            return Unknown;
        device = device with { BrowserHash = step.BrowserHash };
        await SaveAsync(device);
        return View(device);
    }

    public async Task<DeviceView> GetAsync(DeviceStep step) => await FindAsync(step) is { } device ? View(device) : Unknown;

    public async Task<DeviceView> IdentifyAsync(DeviceStep step)
    {
        if (await FindAsync(step) is not { Status: DeviceStatus.Waiting or DeviceStatus.Identified } device)
            return Unknown;
        var found = await Directory.SignInUserAsync(new UserSignIn { Identity = step.Identity!, Admin = device.Admin, Try = true });
        device = device with
        {
            Identity = step.Identity,
            ProviderToken = step.ProviderToken is { } token ? SealedText.Of(token, await PasswordAsync()) : null,
            Status = found.Refusal is null ? DeviceStatus.Identified : DeviceStatus.Refused,
            Refusal = found.Refusal,
        };
        await SaveAsync(device);
        return View(device);
    }

    public async Task<DeviceView> DecideAsync(DeviceStep step)
    {
        if (await FindAsync(step) is not { Status: DeviceStatus.Identified } device)
            return Unknown;
        if (step.Approve)
        {
            var found = await Directory.SignInUserAsync(new UserSignIn { Identity = device.Identity!, Admin = device.Admin });
            device = device with
            {
                User = found.User,
                ApprovedAt = time.GetUtcNow(),
                Status = found.Refusal is null ? DeviceStatus.Approved : DeviceStatus.Refused,
                Refusal = found.Refusal,
            };
        }
        else
        {
            device = device with { Status = DeviceStatus.Denied, ProviderToken = null };
        }

        await SaveAsync(device);
        return View(device);
    }

    public async Task<TokenGrant> PollAsync(DevicePoll poll)
    {
        if (await FindAsync() is not { } device || !Same(device.SecretHash, poll.SecretHash))
            return TokenGrant.Refused(TokenErrors.Expired, "The device code is over, or has been used. Start the sign-in anew.");
        var now = time.GetUtcNow();
        var early = now - _lastPoll < TimeSpan.FromSeconds(device.IntervalSeconds) - Tolerance;
        _lastPoll = now;
        if (early)
            return TokenGrant.Refused(TokenErrors.SlowDown, "Ask less often: five seconds more between two polls.");
        switch (device.Status)
        {
            case DeviceStatus.Approved:
                var grant = await StartAsync(device);
                await EndAsync();
                return grant;
            case DeviceStatus.Denied:
            case DeviceStatus.Refused:
                await EndAsync();
                return TokenGrant.Refused(TokenErrors.Denied, device.Refusal ?? "The sign-in was refused in the browser.");
            default:
                return TokenGrant.Refused(TokenErrors.Pending, "Nobody has approved the sign-in in the browser yet.");
        }
    }

    public Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period) => EndAsync();

    private static DeviceView Unknown { get; } = new() { Status = DeviceStatus.Unknown };

    private IUserSignInActor Directory => ProxyFactory.CreateActorProxy<IUserSignInActor>(KeyDirectoryActor.ActorId, ActorTypes.KeyDirectory);

    private async Task<TokenGrant> StartAsync(DeviceSignIn device)
    {
        var session = GatewayKeys.NewId(SessionIds.SessionPrefix);
        return await ProxyFactory.CreateActorProxy<ISessionActor>(new ActorId(session), ActorTypes.Session).StartAsync(new SessionStart
        {
            User = device.User!,
            Admin = device.Admin,
            SignedInAt = device.ApprovedAt!.Value,
            ProviderToken = device.ProviderToken?.Open(await PasswordAsync()),
        });
    }

    private async Task<DeviceSignIn?> FindAsync(DeviceStep step) =>
        await FindAsync() is { BrowserHash: { } hash } device && Same(hash, step.BrowserHash) ? device : null;

    private async Task<DeviceSignIn?> FindAsync()
    {
        var device = await StateManager.TryGetStateAsync<DeviceSignIn>(Device);
        return device.HasValue && device.Value.ExpiresAt > time.GetUtcNow() ? device.Value : null;
    }

    private async Task SaveAsync(DeviceSignIn device)
    {
        await StateManager.SetStateAsync(Device, device);
        await StateManager.SaveStateAsync();
    }

    private async Task EndAsync()
    {
        await StateManager.TryRemoveStateAsync(Device);
        await StateManager.SaveStateAsync();
        await UnregisterReminderAsync(Over);
    }

    private async Task<string> PasswordAsync() => (await hasher.GetAsync()).Hash("provider token of " + Id);

    private static bool Same(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(one), Encoding.ASCII.GetBytes(other));

    private static DeviceView View(DeviceSignIn device) => new()
    {
        Status = device.Status,
        Admin = device.Admin,
        Who = device.Identity is { } identity ? identity.Email ?? identity.Name ?? identity.Subject : null,
        Refusal = device.Refusal,
    };
}
