using System.Buffers;
using System.IO.Compression;
using System.Net.Sockets;
using Gateway.Local.Transport;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>
/// Service invocation, as if the caller's and the callee's sidecar were both passed:
/// <code>
/// caller --(1) request headers--> --(2) body, piece by piece--> app
/// caller &lt;--(5) body, piece by piece-- &lt;--(4) headers with the first piece-- &lt;--(3) status and headers-- app
/// </code>
/// </summary>
internal sealed class Invoker(IReadOnlyDictionary<string, AppChannel> apps, HttpMessageInvoker http, bool tracing, long maxBodyBytes)
{
    // Said, not left to the writer: before the response has started an unsized request for memory may get none. It is also all that an idle
    // stream holds; where pieces come full, the next may be larger.
    private const int PieceBytes = 4096;
    private const int LargestPieceBytes = 64 * 1024;

    /// <param name="method">The path for the app, as it came, without the query.</param>
    /// <param name="query">With its question mark, byte for byte; empty when there is none.</param>
    /// <exception cref="SidecarFault">The app could not be reached, or not be found.</exception>
    public async Task InvokeAsync(HttpContext context, AppChannel caller, string appId, string method, string query)
    {
        var target = Find(caller, appId);
        var isLocal = ReferenceEquals(target, caller);
        var origin = target.Origin ?? throw SidecarFault.Invoke(appId, isLocal ? "cannot invoke local endpoint: app channel not initialized" : $"couldn't find service: {target.AppId}");
        var path = MethodPath.Normalize(appId, method);
        var uri = new Uri(origin + path + query, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var traceparent = TraceContext.Next(context.Request.Headers.TraceParent, tracing);
        using var request = new HttpRequestMessage(HttpMethod.Parse(context.Request.Method), uri);
        var body = Body(context);
        request.Content = body;
        var asksGzip = InvocationHeaders.CopyToApp(context.Request, request, target.AppApiToken, traceparent);
        if (!isLocal)
            InvocationHeaders.AddIdentity(request, caller.AppId, target.AppId);

        using var response = await SendAsync(request, body, appId, isLocal, context.RequestAborted);
        var status = (int)response.StatusCode;
        if (!isLocal && IsExactlyEventStream(context.Request))
            ApplyEventStreamPath(response, appId, ref status);
        var unpack = asksGzip && response.Content.Headers.ContentEncoding is { Count: 1 } encodings && encodings.Contains("gzip");
        context.Response.StatusCode = status;
        InvocationHeaders.CopyToCaller(response, context.Response, unpack, traceparent);
        if (!isLocal && IsExactlyEventStream(context.Request))
        {
            context.Response.Headers.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-cache";
        }

        if (status is 204 or 304 || HttpMethods.IsHead(context.Request.Method))
            return;
        var stream = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        await using var unpacked = unpack ? new GZipStream(stream, CompressionMode.Decompress) : null;
        if (status >= 400)
            await SendBufferedAsync(unpacked ?? stream, context);
        else
            await SendStreamedAsync(unpacked ?? stream, context);
    }

    private AppChannel Find(AppChannel caller, string appId)
    {
        var name = appId.EndsWith(".default", StringComparison.Ordinal) ? appId[..^".default".Length] : appId;
        if (name == caller.AppId)
            return caller;
        return apps.GetValueOrDefault(name) ?? throw SidecarFault.Invoke(appId, $"couldn't find service: {name}");
    }

    private PipedContent? Body(HttpContext context)
    {
        var request = context.Request;
        var canHaveBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;
        if (!canHaveBody && request.ContentLength is null)
            return null;
        return new PipedContent(request.BodyReader, request.ContentLength, maxBodyBytes);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, PipedContent? body, string appId, bool isLocal, CancellationToken cancellation)
    {
        try
        {
            return await http.SendAsync(request, cancellation);
        }
        catch (Exception) when (body is { TooLarge: true })
        {
            throw TooLarge(appId);
        }
        catch (HttpRequestException error) when (!cancellation.IsCancellationRequested)
        {
            throw Unreachable(appId, isLocal, request.Method.Method, request.RequestUri!.ToString(), Describe(error, request.RequestUri!));
        }
    }

    /// <summary>
    /// Since 1.17.0 an Accept of exactly this value takes a path of its own through two sidecars: every 200 or 201 becomes an event stream, and every
    /// other status is lost. Kept, so that a caller that sends it fails here and not only in production.
    /// </summary>
    private static void ApplyEventStreamPath(HttpResponseMessage response, string appId, ref int status)
    {
        status = status switch
        {
            200 or 201 => 200,
            204 => throw SidecarFault.Invoke(appId, "EOF"),
            _ => throw SidecarFault.Invoke(appId, "rpc error: code = Internal desc = error invoking app channel: no response received from stream"),
        };
    }

    private static bool IsExactlyEventStream(HttpRequest request) =>
        request.Headers.Accept is { Count: 1 } accept && string.Equals(accept[0], "text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static async Task SendStreamedAsync(Stream from, HttpContext context)
    {
        var to = context.Response.BodyWriter;
        var piece = PieceBytes;
        while (true)
        {
            int read;
            try
            {
                // The headers go out with the first piece, not before: the callee's sidecar sends both in one message.
                read = await from.ReadAsync(to.GetMemory(piece)[..piece], context.RequestAborted);
            }
            catch (Exception error) when (error is IOException or HttpRequestException or InvalidDataException && !context.RequestAborted.IsCancellationRequested)
            {
                // An app that dies mid-body looks to the caller like one that has finished; only an end mark in the body tells.
                read = 0;
            }

            if (read == 0)
                break;
            to.Advance(read);
            await to.FlushAsync(context.RequestAborted);
            piece = read == piece ? Math.Min(2 * piece, LargestPieceBytes) : PieceBytes;
        }

        // Without a body the server would say Content-Length: 0, and Dapr drops the length of every success.
        if (!context.Response.HasStarted)
            await context.Response.StartAsync(context.RequestAborted);
    }

    private static async Task SendBufferedAsync(Stream from, HttpContext context)
    {
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            while (await from.ReadAsync(buffer.GetMemory(4096), context.RequestAborted) is > 0 and var read)
                buffer.Advance(read);
        }
        catch (Exception error) when (error is IOException or HttpRequestException or InvalidDataException && !context.RequestAborted.IsCancellationRequested)
        {
            // As above: what came is what there is.
        }

        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    internal static SidecarFault TooLarge(string appId) => SidecarFault.Invoke(appId, "stream too large");

    /// <summary>As Go names a failed call: the verb capitalised like a word.</summary>
    internal static SidecarFault Unreachable(string appId, bool isLocal, string method, string url, string why)
    {
        var cause = $"error invoking app channel: {method[..1]}{method[1..].ToLowerInvariant()} \"{url}\": {why}";
        return SidecarFault.Invoke(appId, isLocal ? cause : "rpc error: code = Internal desc = " + cause);
    }

    private static string Describe(HttpRequestException error, Uri uri) => error.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => $"dial tcp {uri.Authority}: connect: connection refused",
        HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => "EOF",
        { } inner => inner.Message,
        null => error.HttpRequestError == HttpRequestError.ResponseEnded ? "EOF" : error.Message,
    };
}
