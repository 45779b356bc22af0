using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Azure.Core;
using Azure.Identity;
using Gateway.Providers.Clouds;
using Google.Apis.Auth.OAuth2;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>Gets a token.</summary>
/// <param name="login">Of whom, and for what.</param>
/// <param name="file">A credential's file as JSON, as Google gives them; null: whatever this machine has.</param>
/// <param name="anew">Nothing remembered may be given.</param>
internal delegate Task<Lease<string>> ReadToken(CloudLogin login, string? file, bool anew, CancellationToken cancellationToken);

/// <summary>Gets Amazon's keys from whatever this machine has.</summary>
internal delegate Task<Lease<AWSCredentials>> ReadKeys(bool anew, CancellationToken cancellationToken);

/// <summary>
/// The clouds' own libraries, which know where a machine has its credentials: environment, files, web identity, metadata server, single sign-on. They are
/// used for that only.
/// </summary>
internal static class CloudLibraries
{
    /// <summary>How long what has no end of its own is kept: files change.</summary>
    private static readonly TimeSpan Unknown = TimeSpan.FromMinutes(10);

    private static readonly string[] GoogleTypes = ["service_account", "external_account", "authorized_user", "impersonated_service_account"];

    public static Task<Lease<string>> TokenAsync(CloudLogin login, string? file, bool anew, CancellationToken cancellationToken) =>
        login.Cloud == Cloud.Google ? GoogleAsync(login.Audience, file, anew, cancellationToken) : MicrosoftAsync(login.Audience, cancellationToken);

    public static async Task<Lease<AWSCredentials>> KeysAsync(bool anew, CancellationToken cancellationToken)
    {
        var credentials = await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(null).WaitAsync(cancellationToken);
        if (anew && credentials is RefreshingAWSCredentials refreshing)
            refreshing.ClearCredentials();
        var keys = await credentials.GetCredentialsAsync().WaitAsync(cancellationToken);
        var now = DateTimeOffset.UtcNow;
        // The keys as they are now: those of the library may call out when they are used.
        AWSCredentials held = keys.UseToken
            ? new SessionAWSCredentials(keys.AccessKey, keys.SecretKey, keys.Token)
            : new BasicAWSCredentials(keys.AccessKey, keys.SecretKey);
        return new Lease<AWSCredentials>(held, credentials.Expiration is { } end ? new DateTimeOffset(end.ToUniversalTime()) : now + Unknown);
    }

    private static async Task<Lease<string>> GoogleAsync(string scope, string? file, bool anew, CancellationToken cancellationToken)
    {
        var credential = file is null ? await GoogleCredential.GetApplicationDefaultAsync(cancellationToken) : FromFile(file);
        var scoped = credential.CreateScoped(scope);
        var service = scoped.UnderlyingCredential as ServiceCredential;
        if (anew && service is not null)
            await service.RequestAccessTokenAsync(cancellationToken);
        var token = await ((ITokenAccess)scoped).GetAccessTokenForRequestAsync(cancellationToken: cancellationToken);
        return new Lease<string>(
            token,
            service?.Token is { ExpiresInSeconds: { } seconds } answer
                ? new DateTimeOffset(answer.IssuedUtc, TimeSpan.Zero).AddSeconds(seconds)
                : DateTimeOffset.UtcNow + Unknown);
    }

    private static GoogleCredential FromFile(string json)
    {
        string? type;
        using (var document = JsonDocument.Parse(json))
            type = document.RootElement.TryGetProperty("type", out var value) ? value.GetString() : null;
        return Array.IndexOf(GoogleTypes, type) >= 0
            ? CredentialFactory.FromJson(json, type!)
            : throw new InvalidOperationException(
                $"The secret is JSON of the type '{type}'; a credential of Google's is one of {string.Join(", ", GoogleTypes)}.");
    }

    private static async Task<Lease<string>> MicrosoftAsync(string scope, CancellationToken cancellationToken)
    {
        // A new one remembers nothing but the token of a managed identity, which the library gives anew shortly before its end.
        var credential = new DefaultAzureCredential(new DefaultAzureCredentialOptions
        {
            ExcludeInteractiveBrowserCredential = true,
            ExcludeVisualStudioCredential = true,
            ExcludeVisualStudioCodeCredential = true,
            ExcludeBrokerCredential = true,
        });
        var token = await credential.GetTokenAsync(new TokenRequestContext([scope]), cancellationToken);
        return new Lease<string>(token.Token, token.ExpiresOn);
    }
}
