using Dapr;
using Dapr.Client;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.SignIn;

/// <summary>The gateway's own secret at the identity provider: of its settings, else of the secret store, anew now and then: it may be rotated.</summary>
internal sealed class ProviderSecret(SignInOptions options, DaprClient dapr, TimeProvider time)
{
    public const string Setting = "GATEWAY_OIDC_CLIENT_SECRET";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private (string? Secret, long Read)? _known;

    /// <summary>Null for a client that has none.</summary>
    public async Task<string?> GetAsync(CancellationToken cancellationToken)
    {
        if (options.ClientSecret is { Length: > 0 } configured)
            return configured;
        if (_known is { } known && time.GetElapsedTime(known.Read) < Lifetime)
            return known.Secret;
        string? secret = null;
        try
        {
            var found = await dapr.GetSecretAsync(ComponentNames.SecretStore, Setting, cancellationToken: cancellationToken);
            secret = found.GetValueOrDefault(Setting) is { Length: > 0 } value ? value : null;
        }
        catch (DaprException)
        {
            // How a file store says that it has no such secret, and how a sidecar without a secret store answers.
        }

        _known = (secret, time.GetTimestamp());
        return secret;
    }
}
