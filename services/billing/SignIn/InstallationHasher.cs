using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.SignIn;

/// <summary>What codes and tokens are hashed by: as keys, under the secret of the installation, which never changes.</summary>
internal sealed class InstallationHasher(DaprClient dapr)
{
    private KeyHasher? _hasher;

    public async ValueTask<KeyHasher> GetAsync()
    {
        if (_hasher is { } known)
            return known;
        var identity = await dapr.GetStateAsync<GatewayIdentity?>(ComponentNames.KeyStore, KeyStoreKeys.Identity)
            ?? throw new InvalidOperationException("The gateway has no identity yet: billing has not finished its start.");
        return _hasher = new KeyHasher(identity.HashSecret);
    }
}
