namespace Gateway.Contracts.SignIn;

/// <summary>Errors of the token endpoint (RFC 6749 section 5.2, RFC 8628 section 3.5).</summary>
public static class TokenErrors
{
    public const string Pending = "authorization_pending";
    public const string SlowDown = "slow_down";
    public const string Denied = "access_denied";
    public const string Expired = "expired_token";
    public const string InvalidRequest = "invalid_request";
    public const string InvalidGrant = "invalid_grant";
    public const string UnsupportedGrant = "unsupported_grant_type";
    public const string Unavailable = "temporarily_unavailable";
}
