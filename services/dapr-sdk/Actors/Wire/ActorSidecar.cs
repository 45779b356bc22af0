using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;

namespace Dapr.Actors.Wire;

/// <summary>The sidecar's actor API. The endpoint ends in a slash, so requests really go to <c>//v1.0/actors/...</c>, as the official package's do.</summary>
internal sealed class ActorSidecar
{
    private static readonly SocketsHttpHandler SharedHandler = new() { UseCookies = false };

    private readonly HttpClient _http;
    private readonly string _root;
    private readonly string? _apiToken;

    public ActorSidecar(string endpoint, string? apiToken, TimeSpan? timeout, HttpMessageHandler? handler = null)
    {
        _root = $"{endpoint}/v1.0/actors/";
        _apiToken = apiToken;
        _http = new HttpClient(handler ?? Sidecar.Handler(SharedHandler), disposeHandler: false);
        if (timeout is { } limit) _http.Timeout = limit;
    }

    public async Task<byte[]> InvokeJsonAsync(string actorType, string actorId, string method, byte[]? json, CancellationToken cancellationToken)
    {
        var content = json is null ? null : Bytes(json, "application/json");
        using var response = await SendAsync(HttpMethod.Put, $"{actorType}/{actorId}/method/{method}", content, null, cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <exception cref="ActorMethodInvocationException">The method threw on the other side.</exception>
    public async Task<byte[]> InvokeRemotingAsync(ActorRequestHeader header, JsonBuffer? body, CancellationToken cancellationToken)
    {
        var content = body is null ? null : new JsonContent(body, "application/octet-stream; charset=utf-8");
        var path = $"{header.ActorType}/{header.ActorId!.Id}/method/{header.MethodName}";
        using var response = await SendAsync(HttpMethod.Put, path, content, ActorHeaders.Write(header), cancellationToken);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!response.Headers.TryGetValues(ActorHeaders.ErrorResponse, out var errors)) return answer;

        throw new ActorMethodInvocationException(
            $"Remote Actor Method Exception,  DETAILS: {ActorHeaders.ReadErrorDetails(errors.First())}", ActorHeaders.ReadException(answer), isTransient: false);
    }

    /// <returns>null when there is no such state.</returns>
    public async Task<(byte[] Json, DateTimeOffset? Expires)?> GetStateAsync(string actorType, string actorId, string name, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, $"{actorType}/{actorId}/state/{name}", null, null, cancellationToken);
        var json = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (json.Length == 0) return null;

        DateTimeOffset? expires = null;
        if (response.Headers.TryGetValues("Metadata.ttlExpireTime", out var values)
            && DateTimeOffset.TryParse(values.First(), System.Globalization.CultureInfo.InvariantCulture, out var time))
        {
            expires = time;
        }

        return (json, expires);
    }

    public async Task SaveStateAsync(string actorType, string actorId, JsonBuffer operations, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Put, $"{actorType}/{actorId}/state", new JsonContent(operations, "text/plain; charset=utf-8"), null, cancellationToken);
    }

    public async Task PutAsync(string path, byte[] json, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Put, path, Bytes(json, "application/json"), null, cancellationToken);
    }

    public async Task<byte[]> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Get, path, null, null, cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Delete, path, null, null, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, string? requestHeader, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(_root + path)) { Content = content };
        if (_apiToken is not null) request.Headers.Add(Sidecar.TokenHeader, _apiToken);
        if (requestHeader is not null) request.Headers.TryAddWithoutValidation(ActorHeaders.Request, requestHeader);
        if (Reentrancy.Id is { } reentrancyId) request.Headers.TryAddWithoutValidation(Reentrancy.Header, reentrancyId);

        var response = await _http.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw await FailureAsync(response, cancellationToken);
    }

    private static async Task<Exception> FailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            return new AuthenticationException("Invalid client credentials");

        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (body.Length == 0 && response.StatusCode == HttpStatusCode.NotFound)
            return new DaprApiException("ErrorMessageHTTP404", "ERR_DOES_NOT_EXIST", false);
        try
        {
            if (body.Length > 0 && JsonSerializer.Deserialize(body, ErrorJson.Default.SidecarError) is { } error)
                return new DaprApiException(error.Message!, error.ErrorCode!, false);
        }
        catch (JsonException cause)
        {
            return new DaprApiException("ServerErrorNoMeaningFulResponse", cause);
        }

        return new DaprApiException("ServerErrorNoMeaningFulResponse");
    }

    private static ByteArrayContent Bytes(byte[] body, string mediaType) =>
        new(body) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType, Encoding.UTF8.WebName) } };
}
