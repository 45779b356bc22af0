using System.Net;
using System.Text.Json;

namespace Dapr.Client;

/// <summary>The client over the sidecar's HTTP API; the official one sends the same calls over gRPC.</summary>
internal sealed partial class DaprHttpClient : DaprClient
{
    private static readonly TimeSpan SidecarPollInterval = TimeSpan.FromMilliseconds(500);

    private readonly Uri _endpoint;
    private readonly string? _apiToken;
    private readonly HttpClient _http;

    public DaprHttpClient(Uri endpoint, string? apiToken, TimeSpan timeout, JsonSerializerOptions jsonOptions)
    {
        _endpoint = endpoint;
        _apiToken = apiToken;
        JsonSerializerOptions = jsonOptions;
        _http = new HttpClient(Sidecar.Handler(new SocketsHttpHandler { UseCookies = false })) { BaseAddress = endpoint };
        // None unless one is asked for, as with the official client.
        _http.Timeout = timeout > TimeSpan.Zero ? timeout : Timeout.InfiniteTimeSpan;
        _http.DefaultRequestHeaders.UserAgent.Add(UserAgent());
        if (apiToken is not null) _http.DefaultRequestHeaders.Add(Sidecar.TokenHeader, apiToken);
    }

    public override JsonSerializerOptions JsonSerializerOptions { get; }

    public override HttpClient CreateInvokableHttpClient(string? appId = null) =>
        CreateInvokeHttpClient(appId, _endpoint.AbsoluteUri, _apiToken);

    public override Task<bool> CheckHealthAsync(CancellationToken cancellationToken = default) =>
        AnswersAsync("/v1.0/healthz", cancellationToken);

    public override Task<bool> CheckOutboundHealthAsync(CancellationToken cancellationToken = default) =>
        AnswersAsync("/v1.0/healthz/outbound", cancellationToken);

    public override async Task WaitForSidecarAsync(CancellationToken cancellationToken = default)
    {
        while (!await CheckOutboundHealthAsync(cancellationToken))
            await Task.Delay(SidecarPollInterval, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _http.Dispose();
        base.Dispose(disposing);
    }

    private async Task<bool> AnswersAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Sends, and turns every failure but the caller's own cancellation into the <see cref="DaprException"/> of the building block.</summary>
    /// <param name="accepted">A status that is an answer although it is no success (409: etag mismatch).</param>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string failure, CancellationToken cancellationToken, int accepted = 0)
    {
        using (request)
        {
            HttpResponseMessage response;
            try
            {
                response = await _http.SendAsync(request, cancellationToken);
            }
            catch (Exception cause) when (cause is HttpRequestException || (cause is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                throw new DaprException(failure, cause);
            }

            if (response.IsSuccessStatusCode || (int)response.StatusCode == accepted) return response;

            using (response)
            {
                var detail = await response.Content.ReadAsStringAsync(cancellationToken);
                throw Refused(failure, response.StatusCode, detail);
            }
        }
    }

    private static DaprException Refused(string failure, HttpStatusCode status, string detail) =>
        new(failure, new HttpRequestException($"{(int)status}: {detail}", null, status));

    private static string Failure(string operation) =>
        $"{operation} operation failed: the Dapr endpoint indicated a failure. See InnerException for details.";

    /// <summary>The path with metadata and options as its query, as the HTTP API takes them on calls without a body of their own.</summary>
    private static string WithQuery(string path, IEnumerable<KeyValuePair<string, string>>? metadata, params (string Name, string? Value)[] others)
    {
        if (metadata is null && others.Length == 0) return path;
        var query = string.Join('&', others.Where(o => o.Value is not null).Select(o => $"{o.Name}={o.Value}")
            .Concat((metadata ?? []).Select(m => $"metadata.{Uri.EscapeDataString(m.Key)}={Uri.EscapeDataString(m.Value)}")));
        return query.Length == 0 ? path : $"{path}?{query}";
    }
}
