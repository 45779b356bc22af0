using System.Collections.Frozen;
using System.Net.Http.Headers;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;
using Gateway.ProviderAdapter.Credentials;
using Gateway.ProviderAdapter.Providers;
using Gateway.Providers.Clouds;
using Microsoft.Extensions.Primitives;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>
/// Which headers pass between the gateway and a provider. Both directions are open lists: what is not named here passes, so that a new
/// header of Anthropic's works the day it appears. What a client may send and see is decided at the front door.
/// </summary>
internal static class ProviderHeaders
{
    private const string DefaultAnthropicVersion = "2023-06-01";
    private const string OwnUserAgent = "llm-gateway/1.0";

    /// <summary>
    /// Never sent to a provider: what belongs to this connection, what identifies the client to us, and what sidecars and proxies on the
    /// way add (a real sidecar adds Forwarded, X-Forwarded-* and Traceparent, and passes Cookie and Authorization on).
    /// </summary>
    private static readonly FrozenSet<string> NotSent = ProxyHeaders.SetOf(
    [
        "host", "content-length", "expect", "cookie", "authorization", "x-api-key", "api-key", "x-goog-api-key",
        "forwarded", "via", "x-real-ip", "grpc-trace-bin", "accept-encoding", .. ProxyHeaders.Trace, .. ProxyHeaders.HopByHop,
    ]);

    /// <summary>Proxies' words about the client, and Claude Code's to its gateway: sessions, agents, a checksum of managed settings.</summary>
    private static readonly string[] NotSentPrefixes = ["x-forwarded-", "x-claude-"];

    /// <summary>What Anthropic's clients say to Anthropic, and no other provider needs to know.</summary>
    private static readonly string[] NativeOnlyPrefixes = ["anthropic-", "x-stainless-"];

    /// <summary>By which a client could choose what a cloud does with our account: guardrails, tiers, quota projects, tokens.</summary>
    private static readonly string[] CloudPrefixes = ["x-amz-", "x-amzn-", "x-goog-", "x-ms-"];

    /// <summary>Of a cloud's answer: what tells which one it is, and is nothing to Anthropic's clients.</summary>
    private static readonly string[] CloudAnswerPrefixes = [.. CloudPrefixes, "apim-"];

    /// <summary>What clouds call <c>request-id</c>.</summary>
    private static readonly string[] RequestIds = ["x-amzn-requestid", "apim-request-id"];

    /// <summary>Of an answer: what is true only between the provider and us.</summary>
    private static readonly FrozenSet<string> NotReturned = ProxyHeaders.SetOf(
    [
        "content-length", "content-encoding", "set-cookie", "date", "alt-svc", "strict-transport-security",
        .. ProxyHeaders.Trace, .. ProxyHeaders.HopByHop,
    ]);

    /// <summary>Puts on a provider's request the caller's headers that may pass, the catalog's for this provider and the credential.</summary>
    public static void CopyToRequest(IHeaderDictionary from, HttpRequestMessage to, Upstream upstream, string? credential, DoorRequest? request)
    {
        var door = upstream.Profile.Door;
        var ofConnection = ProxyHeaders.NamedBy(from.Connection);
        foreach (var (name, values) in from)
        {
            if (NotSent.Contains(name) || ProxyHeaders.IsInternal(name) || HasPrefix(name, NotSentPrefixes)
                || ofConnection?.Contains(name) == true)
                continue;
            if (!upstream.IsNative && (HasPrefix(name, NativeOnlyPrefixes) || Is(name, "x-app") || Is(name, "user-agent")))
                continue;
            if (HasPrefix(name, CloudPrefixes) || (door is not null && IsOtherAt(door, name)))
                continue;
            Add(to, name, values);
        }

        if (request?.BetaHeader is { } betas)
            to.Headers.TryAddWithoutValidation("anthropic-beta", betas);

        // Compression would only cost time on a stream, and a part of a compressed stream can't be passed on (rule E136).
        to.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        if (!upstream.IsNative)
            to.Headers.TryAddWithoutValidation("User-Agent", OwnUserAgent);
        else if (door?.BodyVersion is null && !to.Headers.NonValidated.Contains("anthropic-version"))
            to.Headers.TryAddWithoutValidation("anthropic-version", DefaultAnthropicVersion);

        if (door is not null && upstream.Entry is { Workspace: { } workspace, Region: not null } && door.Name == CloudAddress.ClaudeAws)
            to.Headers.TryAddWithoutValidation("anthropic-workspace-id", workspace);
        foreach (var (name, value) in upstream.Entry.Headers ?? FrozenDictionary<string, string>.Empty)
        {
            to.Headers.Remove(name);
            to.Content?.Headers.Remove(name);
            Add(to, name, value);
        }

        if (credential is not null)
        {
            var header = upstream.Profile.Credentials;
            to.Headers.Remove(header.Name);
            to.Headers.TryAddWithoutValidation(header.Name, header.Prefix + credential);
        }
    }

    /// <summary>What a door takes in the body, or in another form.</summary>
    private static bool IsOtherAt(Door door, string name) =>
        Is(name, "anthropic-beta") || Is(name, "anthropic-workspace-id") || (door.BodyVersion is not null && Is(name, "anthropic-version"))
        || (door.ProfileInBody && Is(name, "anthropic-user-profile-id"));

    /// <summary>Puts a provider's response headers that may pass on the response to the calling service.</summary>
    public static void CopyToResponse(HttpResponseMessage from, HttpResponse to, SecretMask mask, bool isCloud)
    {
        var ofConnection = from.Headers.NonValidated.TryGetValues("Connection", out var connection) ? ProxyHeaders.NamedBy(Values(connection)) : null;
        Copy(from.Headers, ofConnection, to.Headers, mask, isCloud);
        Copy(from.Content.Headers, ofConnection, to.Headers, mask, isCloud);
        if (!isCloud || to.Headers.ContainsKey("request-id"))
            return;
        foreach (var name in RequestIds)
        {
            if (from.Headers.NonValidated.TryGetValues(name, out var id))
                to.Headers["request-id"] = id.ToString();
        }
    }

    private static void Copy(HttpHeaders from, HashSet<string>? ofConnection, IHeaderDictionary to, SecretMask mask, bool isCloud)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            if (isCloud && HasPrefix(name, CloudAnswerPrefixes))
                continue;
            if (NotReturned.Contains(name) || ProxyHeaders.IsInternal(name) || ofConnection?.Contains(name) == true)
                continue;
            to[name] = values.Count == 1 ? mask.Apply(values.ToString()) : values.Select(mask.Apply).ToArray();
        }
    }

    private static void Add(HttpRequestMessage to, string name, StringValues values)
    {
        if (values.Count == 1)
        {
            if (!to.Headers.TryAddWithoutValidation(name, values[0]))
                to.Content!.Headers.TryAddWithoutValidation(name, values[0]);
        }
        else if (!to.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
        {
            to.Content!.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    private static StringValues Values(HeaderStringValues values) => values.Count == 1 ? values.ToString() : values.ToArray();

    private static bool HasPrefix(string name, string[] prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
