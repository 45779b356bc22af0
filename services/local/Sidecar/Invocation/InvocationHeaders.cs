using System.Collections.Frozen;
using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>Which headers cross the sidecars, under which name, and which are added on the way.</summary>
internal static class InvocationHeaders
{
    public const string Accept = "Accept";

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
            var target = name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase) ? "Dapr-" + name : name;
            Add(to, target, values);
        }

        to.Headers.TryAddWithoutValidation("Traceparent", traceparent);
        if (!from.Headers.ContainsKey("User-Agent"))
            to.Headers.TryAddWithoutValidation("User-Agent", "Go-http-client/1.1");
        if (appApiToken is not null)
            to.Headers.TryAddWithoutValidation("Dapr-Api-Token", appApiToken);
        // Go's client asks for gzip of its own accord, and then unpacks it unseen.
        if (from.Headers.ContainsKey("Accept-Encoding") || from.Headers.ContainsKey("Range") || HttpMethods.IsHead(from.Method))
            return false;
        to.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
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
        to.Headers.TryAddWithoutValidation("X-Forwarded-Host", Environment.MachineName);
    }

    public static void CopyToCaller(HttpResponseMessage from, HttpResponse to, bool unpacked, string traceparent)
    {
        Copy(from.Headers.NonValidated, to, unpacked);
        Copy(from.Content.Headers.NonValidated, to, unpacked);
        if (!to.Headers.ContainsKey("Traceparent"))
            to.Headers["Traceparent"] = traceparent;
    }

    private static string ForwardedValue { get; } = $"for=127.0.0.1;by=127.0.0.1;host={Environment.MachineName}";

    private static void Copy(HttpHeadersNonValidated headers, HttpResponse to, bool unpacked)
    {
        foreach (var (name, values) in headers)
        {
            if (NotToCaller.Contains(name) || (unpacked && name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase)))
                continue;
            var target = name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase) ? "Dapr-" + name : name;
            to.Headers[target] = values.Count == 1 ? values.ToString() : new StringValues([.. values]);
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
