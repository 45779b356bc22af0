using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>Which headers cross the sidecars, under which name, and which are added on the way.</summary>
internal static class InvocationHeaders
{
    public const string TraceParent = "Traceparent";

    private const string UserAgent = "User-Agent";
    private const string AcceptEncoding = "Accept-Encoding";

    private const string ApiToken = "dapr-api-token";

    private static readonly string[] NotToApp =
    [
        "Host", "dapr-app-id", "Keep-Alive", "TE", "Proxy-Authorization", "Proxy-Connection", "Connection", "Upgrade", "Trailer",
        "Expect", TraceParent,
    ];

    private static readonly string[] NotToCaller = ["Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Trailer"];

    private static readonly string Machine = Environment.MachineName;

    private static readonly string ForwardedValue = $"for=127.0.0.1;by=127.0.0.1;host={Machine}";

    /// <summary>True when an Accept-Encoding was added that the caller did not send, so that a compressed answer has to be undone for it.</summary>
    /// <param name="request">The caller's, made the app's.</param>
    /// <param name="appApiToken">What the app asks for.</param>
    /// <param name="hasApiToken">The sidecar asks for a token, and keeps what it gets; one that does not lets it pass.</param>
    /// <param name="traceparent">Of this call.</param>
    public static bool MakeApps(HttpRequestMessage request, string? appApiToken, bool hasApiToken, string traceparent)
    {
        var headers = request.Headers;
        // A length stands on the content; without one, the body goes in chunks.
        var isChunked = headers.TransferEncodingChunked == true;
        foreach (var name in NotToApp)
            headers.Remove(name);
        headers.TransferEncoding.Clear();
        headers.TransferEncodingChunked = isChunked ? true : null;
        Rename(headers);
        headers.TryAddWithoutValidation(TraceParent, traceparent);
        if (!headers.NonValidated.Contains(UserAgent))
            headers.TryAddWithoutValidation(UserAgent, "Go-http-client/1.1");
        if (hasApiToken || appApiToken is not null)
            headers.Remove(ApiToken);
        if (appApiToken is not null)
            headers.TryAddWithoutValidation("Dapr-Api-Token", appApiToken);
        // Go's client asks for gzip of its own accord, and then unpacks it unseen.
        if (headers.NonValidated.Contains(AcceptEncoding) || headers.NonValidated.Contains("Range") || request.Method == HttpMethod.Head)
            return false;
        headers.TryAddWithoutValidation(AcceptEncoding, "gzip");
        return true;
    }

    /// <summary>What two sidecars add between two different apps.</summary>
    public static void AddIdentity(HttpRequestMessage to, string caller, string callee)
    {
        to.Headers.TryAddWithoutValidation("Dapr-Caller-App-Id", caller);
        to.Headers.TryAddWithoutValidation("Dapr-Caller-Namespace", "default");
        to.Headers.TryAddWithoutValidation("Dapr-Callee-App-Id", callee);
        to.Headers.TryAddWithoutValidation("Forwarded", ForwardedValue);
        to.Headers.TryAddWithoutValidation("X-Forwarded-For", "127.0.0.1");
        to.Headers.TryAddWithoutValidation("X-Forwarded-Host", Machine);
    }

    /// <summary>Puts <paramref name="content"/>, which carries the answer's body on, in the place of the app's.</summary>
    public static void MakeCallers(HttpResponseMessage response, HttpContent content, bool unpacked, string traceparent)
    {
        foreach (var (name, values) in response.Content.Headers.NonValidated)
        {
            // Dapr drops the length of every success, and counts that of an error itself.
            var isGone = name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                || (unpacked && name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase));
            if (!isGone)
                content.Headers.TryAddWithoutValidation(name, values);
        }

        response.Content = content;
        foreach (var name in NotToCaller)
            response.Headers.Remove(name);
        Rename(response.Headers);
        if (!response.Headers.NonValidated.Contains(TraceParent))
            response.Headers.TryAddWithoutValidation(TraceParent, traceparent);
    }

    public static void MakeEventStream(HttpResponseMessage response)
    {
        response.Content.Headers.Remove("Content-Type");
        response.Content.Headers.TryAddWithoutValidation("Content-Type", "text/event-stream");
        response.Headers.Remove("Cache-Control");
        response.Headers.TryAddWithoutValidation("Cache-Control", "no-cache");
    }

    public static bool IsExactlyEventStream(HttpRequestHeaders headers) =>
        string.Equals(First(headers, "Accept"), "text/event-stream", StringComparison.OrdinalIgnoreCase);

    public static string? First(HttpRequestHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    public static void Copy(HttpResponseMessage from, HttpResponse to)
    {
        Copy(from.Headers.NonValidated, to);
        Copy(from.Content.Headers.NonValidated, to);
        // Known of what has been gathered.
        to.ContentLength = from.Content.Headers.ContentLength;
    }

    private static void Copy(HttpHeadersNonValidated headers, HttpResponse to)
    {
        foreach (var (name, values) in headers)
            to.Headers[name] = values.Count == 1 ? values.ToString() : new StringValues([.. values]);
    }

    /// <summary>Headers of gRPC belong to the way between the sidecars.</summary>
    private static void Rename(HttpHeaders headers)
    {
        List<KeyValuePair<string, string[]>>? renamed = null;
        foreach (var (name, values) in headers.NonValidated)
        {
            if (name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase))
                (renamed ??= []).Add(new(name, [.. values]));
        }

        foreach (var (name, values) in renamed ?? [])
        {
            headers.Remove(name);
            headers.TryAddWithoutValidation("Dapr-" + name, values);
        }
    }
}
