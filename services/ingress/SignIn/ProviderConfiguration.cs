using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Gateway.Ingress.SignIn;

/// <summary>What the identity provider says of itself: addresses and keys, fetched when they are first needed and anew as they change.</summary>
internal sealed class ProviderConfiguration : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private const int MaxBytes = 1024 * 1024;

    public ProviderConfiguration(SignInOptions options)
    {
        // Redirects could lead from what is trusted to what is not.
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = Timeout,
            MaxResponseContentBufferSize = MaxBytes,
        };
        var authority = options.Authority!.TrimEnd('/');
        var retriever = new HttpDocumentRetriever(Client) { RequireHttps = !new Uri(authority).IsLoopback };
        Manager = new ConfigurationManager<OpenIdConnectConfiguration>(
            authority + "/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), retriever);
    }

    /// <summary>For every call to the identity provider.</summary>
    public HttpClient Client { get; }

    public ConfigurationManager<OpenIdConnectConfiguration> Manager { get; }

    /// <exception cref="HttpRequestException">It does not answer, and never has.</exception>
    public async Task<OpenIdConnectConfiguration> GetAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Manager.GetConfigurationAsync(cancellationToken);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or ArgumentException)
        {
            throw new HttpRequestException("The identity provider does not answer.", e);
        }
    }

    /// <summary>How its tokens are checked: signature by its keys, issuer, audience, times.</summary>
    public TokenValidationParameters Parameters(string audience) => new()
    {
        ConfigurationManager = Manager,
        ValidAudience = audience,
        // No secret of the gateway signs anything.
        ValidAlgorithms =
        [
            SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256,
            SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384,
            SecurityAlgorithms.EcdsaSha512,
        ],
        ClockSkew = TimeSpan.FromMinutes(1),
        RequireExpirationTime = true,
        RequireSignedTokens = true,
    };

    public void Dispose() => Client.Dispose();
}
