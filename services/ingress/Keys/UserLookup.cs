using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Ingress.SignIn;

namespace Gateway.Ingress.Keys;

/// <summary>What a user who has signed in may do, in the form of a key: the token says who, the user's record the rest.</summary>
internal sealed class UserLookup(DaprClient dapr, CompanyTokens? company)
{
    /// <summary>Whether it may be a token of the company's identity provider.</summary>
    public bool IsCompanyToken(string text) => company is not null && CompanyTokens.IsToken(text);

    /// <param name="hash">Of an access token of ours.</param>
    public async Task<KeyRecord?> OfTokenAsync(string hash, CancellationToken cancellationToken)
    {
        var token = await ReadAsync<TokenRecord>(KeyStoreKeys.OfToken(hash), cancellationToken);
        return token is not null && await ReadAsync<UserRecord>(KeyStoreKeys.OfUser(token.UserId), cancellationToken) is { } user
            ? AsKey(user, token.SignedInAt, token.ExpiresAt)
            : null;
    }

    public async Task<KeyRecord?> OfCompanyTokenAsync(string token, CancellationToken cancellationToken) =>
        await company!.FindAsync(token, admin: false, cancellationToken) is var (user, issued, expires) ? AsKey(user, issued, expires) : null;

    /// <summary>Who makes an admin call with such a token; null: nobody who may.</summary>
    public async Task<AdminRecord?> AdminOfAsync(string token, CancellationToken cancellationToken)
    {
        if (await company!.FindAsync(token, admin: true, cancellationToken) is not var (user, issued, expires))
            return null;
        return AsAdmin(user, issued, expires, "");
    }

    /// <summary>An admin key that a user has signed in for, as the user's rights are now.</summary>
    public async Task<AdminRecord?> AsNowAsync(AdminRecord record, CancellationToken cancellationToken) =>
        await ReadAsync<UserRecord>(KeyStoreKeys.OfUser(record.UserId!), cancellationToken) is { } user
            ? AsAdmin(user, record.SignedInAt!.Value, record.ExpiresAt!.Value, record.Prefix)
            : null;

    private static AdminRecord? AsAdmin(UserRecord user, DateTimeOffset signedIn, DateTimeOffset expires, string prefix)
    {
        var key = AsKey(user, signedIn, expires);
        return user.Role is not { } role || key.PausedAt is not null
            ? null
            : new()
            {
                Id = key.Id,
                Name = user.Identity.Email ?? user.Identity.Name ?? user.Identity.Subject,
                Role = role,
                Scope = user.Scope,
                Prefix = prefix,
                CreatedAt = signedIn,
                ExpiresAt = key.ExpiresAt,
                RevokedAt = key.RevokedAt,
            };
    }

    private static KeyRecord AsKey(UserRecord user, DateTimeOffset signedIn, DateTimeOffset expires)
    {
        var key = user.Key;
        return key with
        {
            ExpiresAt = key.ExpiresAt < expires ? key.ExpiresAt : expires,
            RevokedAt = key.RevokedAt ?? (user.SignedOutAt >= signedIn ? user.SignedOutAt : null),
        };
    }

    private Task<T?> ReadAsync<T>(string name, CancellationToken cancellationToken) =>
        dapr.GetStateAsync<T?>(ComponentNames.KeyStore, name, cancellationToken: cancellationToken);
}
