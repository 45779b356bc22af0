using System.Collections.Frozen;
using Gateway.Contracts.Names;
using Microsoft.Net.Http.Headers;

namespace Gateway.Ingress.Relay;

/// <summary>Which headers travel. Both directions are open lists: what is not named here goes through (rule E114).</summary>
internal static class HeaderRules
{
    /// <summary>Of one connection only (RFC 9110 section 7.6.1), so never passed on.</summary>
    private static readonly string[] HopByHop =
    [
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization, "Proxy-Connection",
        HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade,
    ];

    private static readonly FrozenSet<string> NotUp = new[]
    {
        // The client's key is ours; the adapter puts the provider's in its place.
        HeaderNames.Authorization, "x-api-key", "api-key", HeaderNames.Cookie,
        HeaderNames.Host, HeaderNames.Expect, HeaderNames.Accept, HeaderNames.AcceptEncoding, HeaderNames.Origin, HeaderNames.Referer,
        // Each hop of ours continues the trace by itself.
        HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.Baggage, "x-request-id",
    }.Concat(HopByHop).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> NotDown = new[]
    {
        HeaderNames.ContentLength, HeaderNames.ContentEncoding, HeaderNames.ContentType, HeaderNames.Date, HeaderNames.Server, HeaderNames.SetCookie,
        HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.AltSvc, HeaderNames.StrictTransportSecurity, "x-request-id", HeaderNames.CacheControl,
        HeaderNames.AccessControlAllowOrigin, HeaderNames.AccessControlExposeHeaders,
    }.Concat(HopByHop).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool GoesUp(string name) =>
        !NotUp.Contains(name) && !name.StartsWith("content-", StringComparison.OrdinalIgnoreCase) && !IsInternal(name) &&
        !name.StartsWith("x-forwarded-", StringComparison.OrdinalIgnoreCase) && !name.Equals("forwarded", StringComparison.OrdinalIgnoreCase);

    /// <summary>Of our own headers between services only the one that says who has counted the tokens is the client's (rule E152).</summary>
    public static bool GoesDown(string name) =>
        !NotDown.Contains(name) && (!IsInternal(name) || name.Equals(GatewayHeaders.CountAccuracy, StringComparison.OrdinalIgnoreCase));

    private static bool IsInternal(string name) =>
        name.StartsWith(GatewayHeaders.Prefix, StringComparison.OrdinalIgnoreCase) || name.StartsWith("dapr-", StringComparison.OrdinalIgnoreCase) || name[0] == ':';
}
