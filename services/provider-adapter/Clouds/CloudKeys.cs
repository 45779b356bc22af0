using System.Text.RegularExpressions;
using Amazon.Runtime;
using Gateway.Contracts.Catalog;
using Gateway.ProviderAdapter.Credentials;
using Gateway.Providers.Clouds;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>
/// Which kind of credential a provider in a cloud uses. Without a secret it is whatever the machine has; a secret is an API key, but for two that say by
/// their form that they are something to get credentials with: <c>ACCESS_KEY_ID:SECRET_ACCESS_KEY[:SESSION_TOKEN]</c> of Amazon's and a credential's JSON file
/// of Google's.
/// </summary>
internal sealed partial class CloudKeys(ReadToken readToken, ReadKeys readKeys, SecretMask mask, TimeProvider time, ILogger<CloudKeys> log)
{
    /// <summary>Null for an API key, which goes into its header.</summary>
    public CloudKey? For(string provider, CloudLogin login, ProviderEntry entry, string? secret)
    {
        if (login.Cloud != Cloud.Amazon)
        {
            if (secret is not null && !(login.Cloud == Cloud.Google && secret.StartsWith('{')))
                return null;
            return new TokenKey(new LeaseSource<string>(
                provider, (anew, cancellation) => readToken(login, secret, anew, cancellation), static token => token, mask, time, log));
        }

        if (secret is null)
            return Signing((anew, cancellation) => readKeys(anew, cancellation));
        if (!KeyPair().IsMatch(secret))
            return null;
        var parts = secret.Split(':', 3);
        AWSCredentials keys = parts.Length == 3 ? new SessionAWSCredentials(parts[0], parts[1], parts[2]) : new BasicAWSCredentials(parts[0], parts[1]);
        mask.Learn(parts[1]);
        return Signing((_, _) => Task.FromResult(new Lease<AWSCredentials>(keys, DateTimeOffset.MaxValue)));

        SigningKey Signing(Func<bool, CancellationToken, Task<Lease<AWSCredentials>>> fetch) => new(
            new LeaseSource<AWSCredentials>(
                provider, fetch, static keys => keys is SessionAWSCredentials held ? held.GetCredentials().Token : null, mask, time, log),
            provider, entry.Region!, login.Audience, time, log);
    }

    [GeneratedRegex("^[A-Z0-9]{16,128}:[^:]+(?::.+)?$")]
    private static partial Regex KeyPair();
}
