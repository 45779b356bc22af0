using Dapr;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.SignIn;
using Gateway.Ingress.Keys;

namespace Gateway.Ingress.SignIn;

/// <summary>Where sign-ins are kept, by what clients and browsers name them by.</summary>
internal sealed class SignInActors(IActorProxyFactory actors, KeyLookup keys)
{
    /// <summary>What a secret is kept as: nobody can read it out of a store.</summary>
    public ValueTask<string> HashAsync(string secret, CancellationToken cancellationToken) => keys.HashAsync(secret, cancellationToken);

    public ValueTask<KeyHasher> HasherAsync(CancellationToken cancellationToken) => keys.HasherAsync(cancellationToken);

    /// <summary>The id of what waits under this code.</summary>
    public ValueTask<string> IdOfAsync(string userCode, CancellationToken cancellationToken) => keys.HashAsync("user code " + userCode, cancellationToken);

    public IDeviceSignInActor Device(string id) => actors.CreateActorProxy<IDeviceSignInActor>(new ActorId(id), ActorTypes.DeviceSignIn);

    public async Task<IDeviceSignInActor> DeviceAsync(string userCode, CancellationToken cancellationToken) =>
        Device(await IdOfAsync(userCode, cancellationToken));

    /// <summary>The session that has got this access token; null: it is none that is still good.</summary>
    public async Task<string?> SessionOfAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length > KeyHasher.MaxKeyLength)
            return null;
        var hash = await keys.HashAsync(token, cancellationToken);
        if (token.StartsWith(TokenRecord.Prefix, StringComparison.Ordinal))
            return (await keys.ReadAsync<TokenRecord?>(KeyStoreKeys.OfToken(hash), cancellationToken))?.SessionId;
        return token.StartsWith(AdminRecord.KeyPrefix, StringComparison.Ordinal)
            ? (await keys.ReadAsync<AdminRecord?>(KeyStoreKeys.OfAdmin(hash), cancellationToken))?.SessionId
            : null;
    }

    public IUserSignInActor Directory() => actors.CreateActorProxy<IUserSignInActor>(new ActorId(IUserSignInActor.ActorId), ActorTypes.KeyDirectory);

    public ISessionActor Session(string id) => actors.CreateActorProxy<ISessionActor>(new ActorId(id), ActorTypes.Session);

    /// <summary>Whether billing, its store or a sidecar is away: worth another try.</summary>
    public static bool IsAway(Exception e, CancellationToken cancellationToken) =>
        e is DaprException or HttpRequestException or GatewayException { Kind: ErrorKind.ServiceUnavailable }
        || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
