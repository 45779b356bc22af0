using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.SidecarProcess;

/// <summary>Passes a request on and its answer back, piece by piece.</summary>
internal static class Forwarding
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public static HttpMessageInvoker CreateClient() => new(
        new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ResponseDrainTimeout = TimeSpan.Zero });

    /// <param name="target">Scheme, host, port, path and query.</param>
    /// <param name="endsCleanly">An answer that breaks off comes to a clean end, as between two daprds.</param>
    /// <param name="more">A further header.</param>
    /// <param name="cancellation">Gives it up, beside the caller.</param>
    public static async Task SendAsync(
        HttpContext context, HttpMessageInvoker http, string target, bool endsCleanly, (string Name, string Value)? more = null,
        CancellationToken cancellation = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, cancellation);
        try
        {
            using var request = Read(context.Request, target, more);
            using var answer = await http.SendAsync(request, either.Token);
            var response = context.Response;
            response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
            {
                if (name is not ("Transfer-Encoding" or "Connection"))
                    response.Headers[name] = values.ToArray();
            }

            await using var body = await answer.Content.ReadAsStreamAsync(either.Token);
            await response.StartAsync(either.Token);
            // Each write is sent at once.
            await body.CopyToAsync(response.Body, either.Token);
            foreach (var (name, values) in answer.TrailingHeaders)
                response.AppendTrailer(name, values.ToArray());
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            if (!context.Response.HasStarted && endsCleanly && !context.RequestAborted.IsCancellationRequested)
                await FailAsync(context, "ERR_DIRECT_INVOKE", e.Message);
            else if (!endsCleanly || !context.Response.HasStarted)
                context.Abort();
        }
    }

    public static Task FailAsync(HttpContext context, string code, string message, int status = StatusCodes.Status500InternalServerError)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { errorCode = code, message });
    }

    private static HttpRequestMessage Read(HttpRequest from, string target, (string Name, string Value)? more)
    {
        var version = HttpProtocol.IsHttp2(from.Protocol) ? HttpVersion.Version20 : HttpVersion.Version11;
        var request = new HttpRequestMessage(HttpMethod.Parse(from.Method), new Uri(target, AsItIs))
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (from.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
            request.Content = new StreamContent(from.Body);
        foreach (var (name, values) in from.Headers)
        {
            if (name is not ("Host" or "Transfer-Encoding" or "Connection")
                && !request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        if (more is { } header)
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        if (version == HttpVersion.Version11 && from.ContentLength is null && request.Content is not null)
            request.Headers.TransferEncodingChunked = true;
        return request;
    }
}
