using System.Collections.Frozen;
using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>Which headers cross the sidecars, under which name, and which are added on the way.</summary>
internal static class InvocationHeaders
{
    public const string Accept = "Accept";

    private const string TraceParent = "Traceparent";
    private const string ApiTokenHeader = "Dapr-Api-Token";
    private const string OwnUserAgent = "Go-http-client/1.1";

    private static readonly FrozenSet<string> NotToApp = FrozenSet.ToFrozenSet(
        ["Host", "dapr-app-id", "dapr-api-token", "Keep-Alive", "TE", "Proxy-Authorization", "Proxy-Connection", "Connection", "Upgrade", "Transfer-Encoding", "Content-Length", "Trailer", "Expect", "Traceparent"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> NotToCaller = FrozenSet.ToFrozenSet(
        ["Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Content-Length", "Upgrade", "Trailer"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>True when an Accept-Encoding was added that the caller did not send, so that a compressed answer has to be undone for it.</summary>
    public static bool CopyToApp(HttpRequest from, HttpRequestMessage to, string? appApiToken, string traceparent)
    {
        foreach (var (name, values) in from.Headers)
        {
            if (NotToApp.Contains(name))
                continue;
            Add(to, Renamed(name), values);
        }

        to.Headers.TryAddWithoutValidation(TraceParent, traceparent);
        if (!from.Headers.ContainsKey("User-Agent"))
            to.Headers.TryAddWithoutValidation("User-Agent", OwnUserAgent);
        if (appApiToken is not null)
            to.Headers.TryAddWithoutValidation(ApiTokenHeader, appApiToken);
        // Go's client asks for gzip of its own accord, and then unpacks it unseen.
        if (from.Headers.ContainsKey("Accept-Encoding") || from.Headers.ContainsKey("Range") || HttpMethods.IsHead(from.Method))
            return false;
        to.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        return true;
    }

    /// <summary>The same, as the server sees them that the request reaches.</summary>
    /// <param name="bytes">What the caller's take up on the wire.</param>
    public static bool CopyToApp(HttpRequestMessage from, HeaderDictionary to, string? appApiToken, string traceparent, out long bytes)
    {
        bytes = CopyToApp(from.Headers.NonValidated, to);
        if (from.Content is { } content)
        {
            var length = content.Headers.ContentLength;
            bytes += CopyToApp(content.Headers.NonValidated, to);
            if (from.Headers.TransferEncodingChunked == true || length is null)
                to[HeaderNames.TransferEncoding] = "chunked";
            else
                to.ContentLength = length;
        }

        to[TraceParent] = traceparent;
        to.TryAdd(HeaderNames.UserAgent, OwnUserAgent);
        if (appApiToken is not null)
            to[ApiTokenHeader] = appApiToken;
        if (to.ContainsKey(HeaderNames.AcceptEncoding) || to.ContainsKey(HeaderNames.Range))
            return false;
        to[HeaderNames.AcceptEncoding] = "gzip";
        return true;
    }

    /// <summary>What two sidecars add between two different apps.</summary>
    public static KeyValuePair<string, string>[] Identity(string caller, string callee) =>
    [
        new("Dapr-Caller-App-Id", caller), new("Dapr-Caller-Namespace", "default"), new("Dapr-Callee-App-Id", callee),
        new("Forwarded", ForwardedValue), new("X-Forwarded-For", "127.0.0.1"), new("X-Forwarded-Host", Machine),
    ];

    public static void AddIdentity(HttpRequestMessage to, string caller, string callee)
    {
        foreach (var (name, value) in Identity(caller, callee))
            to.Headers.TryAddWithoutValidation(name, value);
    }

    public static void AddIdentity(HeaderDictionary to, IReadOnlyList<KeyValuePair<string, string>> identity)
    {
        for (var i = 0; i < identity.Count; i++)
        {
            var (name, value) = identity[i];
            if (!to.TryAdd(name, value))
                to[name] = $"{to[name]}, {value}";
        }
    }

    public static bool IsExactlyEventStream(HttpRequestHeaders headers) =>
        string.Equals(First(headers, Accept), "text/event-stream", StringComparison.OrdinalIgnoreCase);

    public static string? First(HttpRequestHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    public static void CopyToCaller(HttpResponseMessage from, HttpResponse to, bool unpacked, string traceparent)
    {
        Copy(from.Headers.NonValidated, to, unpacked);
        Copy(from.Content.Headers.NonValidated, to, unpacked);
        to.Headers.TryAdd(TraceParent, traceparent);
    }

    public static void CopyToCaller(HeaderDictionary from, HttpResponseMessage to, bool unpacked, string traceparent)
    {
        foreach (var (name, values) in from)
        {
            if (NotToCaller.Contains(name) || (unpacked && name.Equals(HeaderNames.ContentEncoding, StringComparison.OrdinalIgnoreCase)))
                continue;
            var target = Renamed(name);
            // A null value is none, as for a server.
            if (values.Count == 1)
            {
                if (!to.Headers.TryAddWithoutValidation(target, values[0]))
                    to.Content.Headers.TryAddWithoutValidation(target, values[0]);
            }
            else if (values.Count > 1 && !to.Headers.TryAddWithoutValidation(target, (IEnumerable<string?>)values))
            {
                to.Content.Headers.TryAddWithoutValidation(target, (IEnumerable<string?>)values);
            }
        }

        if (!from.ContainsKey(TraceParent))
            to.Headers.TryAddWithoutValidation(TraceParent, traceparent);
    }

    // Kept: asking the system for its name is a call into it.
    private static string Machine { get; } = Environment.MachineName;

    private static string ForwardedValue { get; } = $"for=127.0.0.1;by=127.0.0.1;host={Machine}";

    private static string Renamed(string name) => name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase) ? "Dapr-" + name : name;

    private static long CopyToApp(HttpHeadersNonValidated from, HeaderDictionary to)
    {
        // A colon, a blank and an end of line each.
        const int Framing = 4;
        long bytes = 0;
        foreach (var (name, values) in from)
        {
            var value = values.ToString();
            bytes += name.Length + value.Length + Framing;
            if (!NotToApp.Contains(name))
                to[Renamed(name)] = value;
        }

        return bytes;
    }

    private static void Copy(HttpHeadersNonValidated headers, HttpResponse to, bool unpacked)
    {
        foreach (var (name, values) in headers)
        {
            if (NotToCaller.Contains(name) || (unpacked && name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase)))
                continue;
            to.Headers[Renamed(name)] = values.Count == 1 ? values.ToString() : new StringValues([.. values]);
        }
    }

    private static void Add(HttpRequestMessage to, string name, StringValues values)
    {
        foreach (var value in values)
        {
            // The client keeps some headers (Content-Type, Content-Encoding, Expires, ...) on the content, whichever side sends them.
            if (!to.Headers.TryAddWithoutValidation(name, value))
                (to.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, value);
        }
    }
}
