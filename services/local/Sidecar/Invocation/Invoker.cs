using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>
/// Service invocation, as if the caller's and the callee's sidecar were both passed:
/// <code>
/// caller --(1) request headers--> --(2) body, piece by piece--> app
/// caller &lt;--(5) body, piece by piece-- &lt;--(4) headers with the first piece-- &lt;--(3) status and headers-- app
/// </code>
/// </summary>
internal sealed class Invoker(IReadOnlyDictionary<string, AppChannel> apps, HttpMessageInvoker http, bool tracing, SidecarOptions options)
{
    // Said, not left to the writer: before the response has started an unsized request for memory may get none. It is also all that an idle
    // stream holds; where pieces come full, the next may be larger.
    private const int PieceBytes = 4096;
    private const int LargestPieceBytes = 64 * 1024;

    /// <summary>For a caller that has come over HTTP.</summary>
    /// <param name="method">The path for the app, as it came, without the query.</param>
    /// <param name="query">With its question mark, byte for byte; empty when there is none.</param>
    /// <exception cref="SidecarFault">The app could not be reached, or not be found.</exception>
    public async Task InvokeAsync(HttpContext context, AppChannel caller, string appId, string method, string query)
    {
        using var request = Read(context);
        HttpResponseMessage response;
        try
        {
            response = await SendAsync(request, caller, appId, method, query, http, context.RequestAborted);
        }
        catch (HttpRequestException)
        {
            // The caller's own body broke off.
            context.Abort();
            return;
        }

        using var answer = response;
        var status = (int)response.StatusCode;
        context.Response.StatusCode = status;
        InvocationHeaders.Copy(response, context.Response);
        if (status is 204 or 304 || request.Method == HttpMethod.Head)
            return;
        var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        if (status >= 400)
            await body.CopyToAsync(context.Response.Body, context.RequestAborted);
        else
            await WritePiecesAsync(body, context);
    }

    /// <summary>
    /// Makes the caller's request the app's, sends it, and makes the app's answer the caller's. Ends with the first piece of the answer's body:
    /// between two sidecars it is in one message with the headers.
    /// </summary>
    /// <param name="request">Changed for good.</param>
    /// <param name="transport">To the app.</param>
    /// <exception cref="SidecarFault">The app could not be reached, or not be found.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, AppChannel caller, string appId, string method, string query, HttpMessageInvoker transport, CancellationToken cancellation)
    {
        var target = Find(caller, appId);
        var isLocal = ReferenceEquals(target, caller);
        if (target.Origin is not { } origin)
        {
            throw SidecarFault.Invoke(
                appId, isLocal ? "cannot invoke local endpoint: app channel not initialized" : $"couldn't find service: {target.AppId}");
        }

        if (!target.IsHealthy)
        {
            const string Unhealthy = "error invoking app channel: rpc error: code = Internal desc = app is not in a healthy state";
            throw SidecarFault.Invoke(appId, isLocal ? Unhealthy : "rpc error: code = Internal desc = " + Unhealthy);
        }

        var asItIs = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        request.RequestUri = new Uri(origin + MethodPath.Normalize(appId, method) + query, asItIs);
        var wantsEvents = InvocationHeaders.IsExactlyEventStream(request.Headers);
        var forcesEvents = wantsEvents && !isLocal;
        var traceparent = TraceContext.Next(InvocationHeaders.First(request.Headers, InvocationHeaders.TraceParent), tracing);
        var asksGzip = InvocationHeaders.MakeApps(request, target.AppApiToken, !string.IsNullOrEmpty(options.DaprApiToken), traceparent);
        if (!isLocal)
            InvocationHeaders.AddIdentity(request, caller.AppId, target.AppId);
        var body = request.Content is { } content ? new LimitedContent(content, options.MaxBodyBytes) : null;
        request.Content = body;

        var response = await SendAsync(request, body, appId, isLocal, transport, cancellation);
        try
        {
            if (forcesEvents)
                ApplyEventStreamPath(response, appId);
            // Of one's own app every status passes on that path but this one.
            else if (wantsEvents && response.StatusCode == HttpStatusCode.NoContent)
                response.StatusCode = HttpStatusCode.OK;
            var unpacks = asksGzip && response.Content.Headers.ContentEncoding is { Count: 1 } encodings && encodings.Contains("gzip");
            var stream = await response.Content.ReadAsStreamAsync(cancellation);
            var answer = new AnswerBody(unpacks ? new GZipStream(stream, CompressionMode.Decompress) : stream);
            InvocationHeaders.MakeCallers(response, new StreamContent(answer), unpacks, traceparent);
            if (forcesEvents)
                InvocationHeaders.MakeEventStream(response);
            if ((int)response.StatusCode >= 400)
                await response.Content.LoadIntoBufferAsync(cancellation);
            else
                await answer.FirstPieceAsync(cancellation);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private AppChannel Find(AppChannel caller, string appId)
    {
        var name = appId.EndsWith(".default", StringComparison.Ordinal) ? appId[..^".default".Length] : appId;
        if (name == caller.AppId)
            return caller;
        return apps.GetValueOrDefault(name) ?? throw SidecarFault.Invoke(appId, $"couldn't find service: {name}");
    }

    private static HttpRequestMessage Read(HttpContext context)
    {
        var request = new HttpRequestMessage { Method = HttpMethod.Parse(context.Request.Method) };
        if (context.Request.ContentLength is not null || (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true))
            request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers)
        {
            // The client keeps some headers (Content-Type, Content-Encoding, Expires, ...) on the content, whichever side sends them.
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                (request.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        return request;
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, LimitedContent? body, string appId, bool isLocal, HttpMessageInvoker transport, CancellationToken cancellation)
    {
        try
        {
            return await transport.SendAsync(request, cancellation);
        }
        catch (Exception) when (body is { TooLarge: true })
        {
            throw SidecarFault.Invoke(appId, "stream too large");
        }
        catch (HttpRequestException error) when (!cancellation.IsCancellationRequested && body?.Failure is null)
        {
            // As Go names a failed call: the verb capitalised like a word.
            var verb = request.Method.Method;
            var call = $"{verb[..1]}{verb[1..].ToLowerInvariant()} \"{request.RequestUri}\"";
            var cause = $"error invoking app channel: {call}: {Describe(error, request.RequestUri!)}";
            throw SidecarFault.Invoke(appId, isLocal ? cause : "rpc error: code = Internal desc = " + cause);
        }
    }

    /// <summary>
    /// Since 1.17.0 an Accept of exactly this value takes a path of its own through two sidecars: every 200 or 201 becomes an event stream, and every
    /// other status is lost. Kept, so that a caller that sends it fails here and not only in production.
    /// </summary>
    private static void ApplyEventStreamPath(HttpResponseMessage response, string appId) => response.StatusCode = (int)response.StatusCode switch
    {
        200 or 201 => HttpStatusCode.OK,
        204 => throw SidecarFault.Invoke(appId, "EOF"),
        _ => throw SidecarFault.Invoke(appId, "rpc error: code = Internal desc = error invoking app channel: no response received from stream"),
    };

    private static async Task WritePiecesAsync(Stream from, HttpContext context)
    {
        var to = context.Response.BodyWriter;
        var piece = PieceBytes;
        while (await from.ReadAsync(to.GetMemory(piece)[..piece], context.RequestAborted) is > 0 and var read)
        {
            to.Advance(read);
            await to.FlushAsync(context.RequestAborted);
            piece = read == piece ? Math.Min(2 * piece, LargestPieceBytes) : PieceBytes;
        }

        // Without a body the server would say Content-Length: 0, and Dapr drops the length of every success.
        if (!context.Response.HasStarted)
            await context.Response.StartAsync(context.RequestAborted);
    }

    private static string Describe(HttpRequestException error, Uri uri) => error.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => $"dial tcp {uri.Authority}: connect: connection refused",
        { } inner when (inner as HttpIOException)?.HttpRequestError is not HttpRequestError.ResponseEnded => inner.Message,
        _ => error.HttpRequestError == HttpRequestError.ResponseEnded ? "EOF" : error.Message,
    };
}
