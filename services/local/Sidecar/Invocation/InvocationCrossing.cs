using System.IO.Compression;
using System.Net;
using Microsoft.Net.Http.Headers;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>What the caller's and the callee's sidecar change about one call that crosses them, in one step. The same rules as <see cref="Invoker"/>'s.</summary>
internal sealed class InvocationCrossing(InvocationRoute route, long maxBodyBytes, long maxHeaderBytes, bool tracing)
{
    private string _traceparent = TraceContext.None;
    private bool _asksGzip;
    private long _headerBytes;

    public InvocationRoute Route => route;

    public long MaxBodyBytes => maxBodyBytes;

    public HeaderDictionary HeadersToApp(HttpRequestMessage request)
    {
        _traceparent = TraceContext.Next(InvocationHeaders.First(request.Headers, "Traceparent"), tracing);
        // The caller's, and as many as both sidecars add.
        var headers = new HeaderDictionary(request.Headers.NonValidated.Count + 12) { ["Host"] = route.Authority };
        _asksGzip = InvocationHeaders.CopyToApp(request, headers, route.App.AppApiToken, _traceparent, out _headerBytes);
        InvocationHeaders.AddIdentity(headers, route.Identity);
        return headers;
    }

    public void CopyToCaller(HeaderDictionary from, HttpResponseMessage to)
    {
        var unpacked = _asksGzip && from[HeaderNames.ContentEncoding] is { Count: 1 } encodings && encodings[0] == "gzip";
        if (unpacked)
            to.Content = new StreamContent(new GZipStream(to.Content.ReadAsStream(), CompressionMode.Decompress));
        InvocationHeaders.CopyToCaller(from, to, unpacked, _traceparent);
    }

    /// <summary>The answer in the app's place where the caller's headers are more than a sidecar reads; null where they are not.</summary>
    public HttpResponseMessage? Refusal => _headerBytes <= maxHeaderBytes
        ? null
        : new HttpResponseMessage(HttpStatusCode.RequestHeaderFieldsTooLarge) { Version = HttpVersion.Version11, Content = new ReadOnlyMemoryContent(default) };

    /// <summary>The app ended the call without an answer.</summary>
    public HttpResponseMessage Broken(string method) => Message(Invoker.Unreachable(route.AppId, route.IsLocal, method, route.Url, "EOF"));

    /// <summary>The caller's body is longer than a sidecar takes.</summary>
    public HttpResponseMessage TooLarge() => Message(Invoker.TooLarge(route.AppId));

    private static HttpResponseMessage Message(SidecarFault fault)
    {
        var content = new ReadOnlyMemoryContent(fault.ToJson());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        return new HttpResponseMessage((HttpStatusCode)fault.Status) { Version = HttpVersion.Version11, Content = content };
    }
}
