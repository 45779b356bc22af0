using System.ComponentModel.DataAnnotations;
using System.Net;
using Gateway.Hosting;

namespace Gateway.Ingress.SignIn;

/// <summary>The company's identity provider, and how the gateway signs people in by it. Without an authority there is none of it.</summary>
internal sealed record SignInOptions
{
    /// <summary>The identity provider's address: what its discovery document stands under.</summary>
    [ConfigurationKeyName("GATEWAY_OIDC_AUTHORITY"), HttpAddress]
    public string? Authority { get; init; }

    /// <summary>What the identity provider calls the gateway. Without it nobody signs in here, and only tokens of API clients are taken.</summary>
    [ConfigurationKeyName("GATEWAY_OIDC_CLIENT_ID")]
    public string? ClientId { get; init; }

    /// <summary>The secret to it; also a secret of this name in the secret store.</summary>
    [ConfigurationKeyName(ProviderSecret.Setting)]
    public string? ClientSecret { get; init; }

    /// <summary>What is asked for. Without <c>offline_access</c> most providers cannot be asked again whether somebody is still there.</summary>
    [ConfigurationKeyName("GATEWAY_OIDC_SCOPES")]
    public string Scopes { get; init; } = "openid profile email offline_access";

    /// <summary>The claim that has groups.</summary>
    [ConfigurationKeyName("GATEWAY_OIDC_GROUPS_CLAIM")]
    public string GroupsClaim { get; init; } = "groups";

    /// <summary>The only domains of addresses that may sign in, separated by commas; null: any that the rules have a team for.</summary>
    [ConfigurationKeyName("GATEWAY_OIDC_DOMAINS")]
    public string? Domains { get; init; }

    /// <summary>The audience of the identity provider's tokens that API clients may send in the place of a key; null: none are taken.</summary>
    [ConfigurationKeyName("GATEWAY_OIDC_AUDIENCE")]
    public string? Audience { get; init; }

    /// <summary>Where people reach the gateway, where that cannot be told from their requests.</summary>
    [ConfigurationKeyName("GATEWAY_PUBLIC_URL"), HttpAddress]
    public string? PublicUrl { get; init; }

    /// <summary>Where people reach the console, where that is not <see cref="PublicUrl"/>.</summary>
    [ConfigurationKeyName("GATEWAY_CONSOLE_URL"), HttpAddress]
    public string? ConsoleUrl { get; init; }

    /// <summary>Addresses or networks of the proxies in front, separated by commas, whose <c>X-Forwarded-*</c> are believed.</summary>
    [ConfigurationKeyName("GATEWAY_PROXIES"), Networks]
    public string? Proxies { get; init; }

    /// <summary>How long a device waits between two questions.</summary>
    [ConfigurationKeyName("GATEWAY_SIGN_IN_POLL_SECONDS"), Range(1, 60)]
    public int PollSeconds { get; init; } = 5;

    /// <summary>What Claude Code shows before it opens the browser.</summary>
    [ConfigurationKeyName("GATEWAY_SIGN_IN_NOTICE"), MaxLength(500)]
    public string? Notice { get; init; }

    /// <summary>Whether people sign in here.</summary>
    public bool SignsIn => Authority is not null && ClientId is not null;

    /// <summary>Whether API clients may send the identity provider's tokens.</summary>
    public bool TakesTokens => Authority is not null && Audience is not null;

    public IReadOnlyList<string> DomainList => Split(Domains);

    public IReadOnlyList<IPNetwork> ProxyList => [.. Split(Proxies).Select(text => NetworksAttribute.TryRead(text, out var network) ? network : default)];

    /// <summary>What does not go together; null if all does.</summary>
    public string? Mistake() => this switch
    {
        { Authority: null, ClientId: not null } or { Authority: null, Audience: not null } =>
            "GATEWAY_OIDC_AUTHORITY is not set: it is the identity provider that GATEWAY_OIDC_CLIENT_ID or GATEWAY_OIDC_AUDIENCE is of.",
        { Authority: not null, ClientId: null, Audience: null } =>
            "GATEWAY_OIDC_AUTHORITY is set, but neither GATEWAY_OIDC_CLIENT_ID, for people, nor GATEWAY_OIDC_AUDIENCE, for API clients.",
        { Authority: { } authority } when !IsSafe(new Uri(authority)) =>
            $"GATEWAY_OIDC_AUTHORITY is '{authority}'; it takes https: who answers there says who may sign in.",
        _ => MistakeIn("GATEWAY_PUBLIC_URL", PublicUrl) ?? MistakeIn("GATEWAY_CONSOLE_URL", ConsoleUrl),
    };

    private static string? MistakeIn(string setting, string? url) => url is null ? null
        : new Uri(url).PathAndQuery is not "/" ? $"{setting} is '{url}'; it takes scheme, host and port only: the pages of a sign-in stand at the root."
        : !IsSafe(new Uri(url)) ? $"{setting} is '{url}'; signing in takes https, except on this machine."
        : null;

    /// <summary>TLS, or this machine.</summary>
    public static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || address.IsLoopback;

    private static string[] Split(string? list) => list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
}
