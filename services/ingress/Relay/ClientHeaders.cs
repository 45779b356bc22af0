using System.Collections.Frozen;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Requests;
using Microsoft.Net.Http.Headers;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Which headers pass between the client and the services behind. Both directions are open lists: what is not named here passes (rule
/// E114). What a provider may see is decided once more, where it is called.
/// </summary>
internal static class ClientHeaders
{
    private static readonly FrozenSet<string> NotForwarded = ProxyHeaders.SetOf(
    [
        // The client's key is ours; the adapter puts the provider's in its place.
        HeaderNames.Authorization, "x-api-key", "api-key", HeaderNames.Cookie,
        HeaderNames.Host, HeaderNames.Expect, HeaderNames.Accept, HeaderNames.AcceptEncoding, HeaderNames.Origin, HeaderNames.Referer,
        // A proxy's in front of us.
        "Forwarded",
        // Each hop of ours continues the trace by itself.
        "x-request-id", .. ProxyHeaders.Trace, .. ProxyHeaders.HopByHop,
    ]);

    private static readonly FrozenSet<string> NotReturned = ProxyHeaders.SetOf(
    [
        HeaderNames.ContentLength, HeaderNames.ContentEncoding, HeaderNames.ContentType, HeaderNames.Date, HeaderNames.Server, HeaderNames.SetCookie,
        HeaderNames.AltSvc, HeaderNames.StrictTransportSecurity, HeaderNames.CacheControl,
        HeaderNames.AccessControlAllowOrigin, HeaderNames.AccessControlExposeHeaders,
        // Whose account ours is at the provider, its own name for the request, and who stands in front of it: a client would take them for this gateway's.
        "anthropic-organization-id", "openai-organization", "openai-project", "request-id", HeaderNames.Via, "cf-ray", "cf-cache-status",
        "x-request-id", .. ProxyHeaders.Trace, .. ProxyHeaders.HopByHop,
    ]);

    /// <summary>Whether a request header of the client's goes on to the services behind.</summary>
    public static bool IsForwarded(string name) =>
        !NotForwarded.Contains(name) && name[0] != ':' && !ProxyHeaders.IsInternal(name) &&
        !name.StartsWith("content-", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("x-forwarded-", StringComparison.OrdinalIgnoreCase) &&
        (!name.StartsWith("x-claude-", StringComparison.OrdinalIgnoreCase) || IsConversation(name));

    /// <summary>What Claude Code says to its gateway is for us (<see cref="ClaudeCode"/>); the translator tells conversations by these two.</summary>
    private static bool IsConversation(string name) =>
        name.Equals(ClaudeCode.SessionHeader, StringComparison.OrdinalIgnoreCase) || name.Equals(ClaudeCode.AgentHeader, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a response header goes back to the client. Of our own between services only the one that says who has counted the tokens is
    /// the client's (rule E152).
    /// </summary>
    public static bool IsReturned(string name) =>
        !NotReturned.Contains(name) && name[0] != ':' &&
        (!ProxyHeaders.IsInternal(name) || name.Equals(GatewayHeaders.CountAccuracy, StringComparison.OrdinalIgnoreCase));
}
