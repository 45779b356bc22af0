using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.SignIn;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Gateway.Ingress.SignIn;

/// <summary>
/// Tokens of the company's identity provider in the place of a key. They are checked here, by the provider's keys; billing is asked only for who comes for
/// the first time, or with another address or other groups than before, and every ten minutes, as rules may have changed.
/// </summary>
internal sealed class CompanyTokens(
    DaprClient dapr, IActorProxyFactory actors, SignInOptions options, ProviderConfiguration configuration, IdentityReader reader, TimeProvider time)
{
    public const int MaxLength = 8192;
    private const string Beginning = "eyJ";
    private const int RetrySeconds = 5;

    /// <summary>Who may not come in is not asked about each time.</summary>
    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(10);
    private static readonly JsonWebTokenHandler Tokens = new() { MapInboundClaims = false };

    /// <summary>How long it may take until changed rules hold for somebody who brings his own tokens.</summary>
    private static readonly TimeSpan AskedFor = TimeSpan.FromMinutes(10);

    private readonly ExpiringMap<KeyDigest, string> _refused = new(time, capacity: 10_000);
    /// <summary>Who has been let in, with what he was said to be and for what: anything else is another question.</summary>
    private readonly ExpiringMap<KeyDigest, bool> _asked = new(time, capacity: 10_000);

    /// <summary>Whether a text has the form of such a token: three parts, the first of them JSON.</summary>
    public static bool IsToken(ReadOnlySpan<char> text) =>
        text.Length <= MaxLength && text.StartsWith(Beginning, StringComparison.Ordinal) && text.Count('.') == 2;

    /// <summary>The user whose token it is, and how long it is good; null: it is no good one of this issuer for this gateway.</summary>
    /// <param name="token">The token.</param>
    /// <param name="admin">For the admin API, which takes a role and no team.</param>
    /// <exception cref="GatewayException">Whoever it is may not use the gateway, or that cannot be found out now.</exception>
    public async Task<(UserRecord User, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt)?> FindAsync(
        string token, bool admin, CancellationToken cancellationToken)
    {
        try
        {
            await configuration.GetAsync(cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new GatewayException(ErrorKind.ServiceUnavailable, "The identity provider does not answer, so its token cannot be checked. Try again.", e)
            {
                RetryAfterSeconds = RetrySeconds,
            };
        }

        var result = await Tokens.ValidateTokenAsync(token, configuration.Parameters(options.Audience!));
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt)
            return null;
        if (reader.Read(result.ClaimsIdentity, result.Issuer, out var refusal) is not { } identity)
            throw new GatewayException(ErrorKind.Permission, refusal!);
        var user = await KnownAsync(identity, cancellationToken);
        if (user is null || Differs(user, identity) || (admin && user.Role is null) || !_asked.TryGet(Question(identity, admin), out _))
            user = await AskAsync(token, identity, admin, cancellationToken);
        return (user, jwt.IssuedAt == default ? jwt.ValidFrom : jwt.IssuedAt, jwt.ValidTo);
    }

    private async Task<UserRecord?> KnownAsync(UserIdentity identity, CancellationToken cancellationToken)
    {
        var subject = KeyStoreKeys.OfSubject(identity.Issuer, identity.Subject);
        var id = await dapr.GetStateAsync<string?>(ComponentNames.KeyStore, subject, cancellationToken: cancellationToken);
        return id is null
            ? null
            : await dapr.GetStateAsync<UserRecord?>(ComponentNames.KeyStore, KeyStoreKeys.OfUser(id), cancellationToken: cancellationToken);
    }

    /// <summary>Of a token that another has come after, nothing counts any more.</summary>
    private static bool Differs(UserRecord user, UserIdentity identity) => !(identity.SaidAt < user.Identity.SaidAt)
        && ((identity.Email is { } email && email != user.Identity.Email)
            || (identity.Groups is { } groups && !groups.ToHashSet(StringComparer.Ordinal).SetEquals(user.Identity.Groups ?? [])));

    private static KeyDigest Question(UserIdentity who, bool admin)
    {
        string[] groups = who.Groups is { } said ? [.. said.Order(StringComparer.Ordinal)] : ["\0"];
        return KeyDigest.Of(string.Join('\n', [admin ? "admin" : "", who.Issuer, who.Subject, who.Email ?? "", .. groups]));
    }

    private async Task<UserRecord> AskAsync(string token, UserIdentity identity, bool admin, CancellationToken cancellationToken)
    {
        var digest = KeyDigest.Of(admin ? "admin " + token : token);
        if (!_refused.TryGet(digest, out var refusal))
        {
            var directory = actors.CreateActorProxy<IUserSignInActor>(new ActorId(IUserSignInActor.ActorId), ActorTypes.KeyDirectory);
            var found = await directory.SignInUserAsync(new UserSignIn { Identity = identity, Admin = admin }).WaitAsync(cancellationToken);
            if (found.User is { } user)
            {
                _asked.Set(Question(identity, admin), true, AskedFor);
                return user;
            }

            refusal = found.Refusal!;
            _asked.Remove(Question(identity, admin));
            _refused.Set(digest, refusal, RefusedFor);
        }

        throw new GatewayException(ErrorKind.Permission, refusal + " Ask whoever runs the gateway in your company.");
    }
}
