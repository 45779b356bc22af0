using System.Security.Claims;
using Gateway.Contracts.Accounts;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gateway.Ingress.SignIn;

/// <summary>From the claims of the identity provider's token to whom it means.</summary>
internal sealed class IdentityReader(SignInOptions options)
{
    private const int MaxText = 320;
    private const int MaxSubject = 512;
    private const int MaxGroup = 256;

    /// <summary>A provider that has more to say says where to ask for them in another claim, which is not followed.</summary>
    private const int MaxGroups = 1000;

    private readonly IReadOnlyList<string> _domains = options.DomainList;

    /// <summary>Null with the reason when whoever that is may not sign in here, whatever the rules say.</summary>
    public UserIdentity? Read(ClaimsIdentity claims, string issuer, out string? refusal)
    {
        refusal = null;
        if (claims.FindFirst("sub")?.Value is not { Length: > 0 and <= MaxSubject } subject)
        {
            refusal = "The identity provider has not said who this is.";
            return null;
        }

        var verified = !string.Equals(claims.FindFirst("email_verified")?.Value, "false", StringComparison.OrdinalIgnoreCase);
        var groups = claims.FindAll(options.GroupsClaim).Select(c => c.Value).Where(g => g.Length is > 0 and <= MaxGroup).Distinct().Take(MaxGroups).ToList();
        var identity = new UserIdentity
        {
            Issuer = issuer,
            Subject = subject,
            Email = verified ? TextOf(claims, "email") : null,
            Name = TextOf(claims, "name"),
            Groups = groups.Count > 0 || SaysGroups(claims) ? groups : null,
            SaidAt = TokenOf(claims) is { } token && token.IssuedAt != default ? token.IssuedAt : null,
        };
        if (_domains.Count == 0 || (identity.Domain() is { } domain && _domains.Contains(domain, StringComparer.OrdinalIgnoreCase)))
            return identity;
        refusal = $"{identity.Email ?? subject} is of no domain that may sign in to this gateway.";
        return null;
    }

    /// <summary>An empty list becomes no claim, and says all the same that there are none.</summary>
    private bool SaysGroups(ClaimsIdentity claims) => claims.HasClaim(c => c.Type == options.GroupsClaim)
        || TokenOf(claims)?.TryGetPayloadValue<object>(options.GroupsClaim, out _) is true;

    private static JsonWebToken? TokenOf(ClaimsIdentity claims) => (claims as CaseSensitiveClaimsIdentity)?.SecurityToken as JsonWebToken;

    private static string? TextOf(ClaimsIdentity claims, string name) =>
        claims.FindFirst(name)?.Value is { Length: > 0 and <= MaxText } text && !text.Any(char.IsControl) ? text : null;
}
