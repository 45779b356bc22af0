namespace Gateway.Billing.SignIn;

/// <summary>An access token that may still be good.</summary>
/// <param name="StoreKey">What it is stored under in the key store.</param>
internal sealed record IssuedToken(string StoreKey, DateTimeOffset ExpiresAt);
