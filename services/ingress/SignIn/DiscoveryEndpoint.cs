namespace Gateway.Ingress.SignIn;

/// <summary>Where a client finds the rest (RFC 8414), behind whichever base URL it was given.</summary>
internal static class DiscoveryEndpoint
{
    public static Task GetAsync(HttpContext context, string path, SignInAddress address)
    {
        if (!address.IsSafe(context.Request))
            return OAuthAnswers.RefuseAsync(context, "invalid_request", OAuthEndpoints.Unsafe);
        var issuer = address.Of(context.Request) + path;
        return OAuthAnswers.SendAsync(context, new Metadata(issuer));
    }

    private sealed record Metadata(string Issuer)
    {
        public string DeviceAuthorizationEndpoint => Issuer + OAuthEndpoints.DevicePath;

        public string TokenEndpoint => Issuer + OAuthEndpoints.TokenPath;

        public string RevocationEndpoint => Issuer + OAuthEndpoints.RevocationPath;

        public IReadOnlyList<string> GrantTypesSupported { get; } = [OAuthEndpoints.DeviceGrant, OAuthEndpoints.RefreshGrant];

        public IReadOnlyList<string> ResponseTypesSupported { get; } = [];

        public IReadOnlyList<string> TokenEndpointAuthMethodsSupported { get; } = ["none"];

        public IReadOnlyList<string> ScopesSupported { get; } = ["openid", "profile", "email", OAuthEndpoints.AdminScope];

        public int GatewayProtocolVersion { get; } = 1;
    }
}
