using System.Collections.Frozen;
using System.Net.Http.Headers;
using Gateway.Contracts.Names;
using Gateway.ProviderAdapter.Providers;
using Microsoft.Extensions.Primitives;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>
/// Which headers cross this hop. Both header sets are open lists: what is not named here passes, so that a new header of Anthropic's works
/// the day it appears.
/// </summary>
internal static class HeaderRules
{
    private const string DefaultAnthropicVersion = "2023-06-01";
    private const string OwnUserAgent = "llm-gateway/1.0";

    private static readonly string[] HopByHop =
    [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ];

    /// <summary>
    /// Never sent to a provider: what belongs to this connection, what identifies the client to us, and what sidecars and proxies on the
    /// way add (a real sidecar adds Forwarded, X-Forwarded-* and Traceparent, and passes Cookie and Authorization on).
    /// </summary>
    private static readonly FrozenSet<string> NotUp = Names(
        "host", "content-length", "expect", "cookie", "authorization", "x-api-key", "api-key", "x-goog-api-key",
        "forwarded", "via", "x-real-ip", "traceparent", "tracestate", "baggage", "grpc-trace-bin", "accept-encoding");

    private static readonly string[] NotUpPrefixes = [GatewayHeaders.Prefix, "dapr-", "x-forwarded-"];

    /// <summary>What Anthropic's clients say to Anthropic, and no other provider needs to know.</summary>
    private static readonly string[] NativeOnlyPrefixes = ["anthropic-", "x-stainless-", "x-claude-code-"];

    /// <summary>Of an answer: what is true only between the provider and us.</summary>
    private static readonly FrozenSet<string> NotDown = Names(
        "content-length", "content-encoding", "set-cookie", "date", "alt-svc", "strict-transport-security", "traceparent", "tracestate", "baggage");

    private static readonly string[] NotDownPrefixes = [GatewayHeaders.Prefix, "dapr-"];

    public static void CopyUp(IHeaderDictionary from, HttpRequestMessage to, Upstream upstream, string? credential)
    {
        var named = Named(from.Connection);
        foreach (var (name, values) in from)
        {
            if (NotUp.Contains(name) || HasPrefix(name, NotUpPrefixes) || named?.Contains(name) == true)
                continue;
            if (!upstream.IsNative && (HasPrefix(name, NativeOnlyPrefixes) || Is(name, "x-app") || Is(name, "user-agent")))
                continue;
            Add(to, name, values);
        }

        // Compression would only cost time on a stream, and a part of a compressed stream can't be passed on (rule E136).
        to.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        if (!upstream.IsNative)
            to.Headers.TryAddWithoutValidation("User-Agent", OwnUserAgent);
        else if (!to.Headers.NonValidated.Contains("anthropic-version"))
            to.Headers.TryAddWithoutValidation("anthropic-version", DefaultAnthropicVersion);

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

    public static void CopyDown(HttpResponseMessage from, HttpResponse to)
    {
        var named = from.Headers.NonValidated.TryGetValues("Connection", out var connection) ? Named(Values(connection)) : null;
        CopyDown(from.Headers, named, to.Headers);
        CopyDown(from.Content.Headers, named, to.Headers);
    }

    private static void CopyDown(HttpHeaders from, HashSet<string>? named, IHeaderDictionary to)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            if (NotDown.Contains(name) || HasPrefix(name, NotDownPrefixes) || named?.Contains(name) == true)
                continue;
            to[name] = Values(values);
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

    /// <summary>Headers that <c>Connection</c> declares to be this hop's own.</summary>
    private static HashSet<string>? Named(StringValues connection)
    {
        if (connection.Count == 0)
            return null;
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in connection)
            names.UnionWith((line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        return names;
    }

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

    private static FrozenSet<string> Names(params string[] names) => names.Concat(HopByHop).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
