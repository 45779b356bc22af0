using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Gateway.AdminConsole.Sessions;
using Gateway.Contracts.Names;
using Gateway.Contracts.SignIn;
using Gateway.Hosting;

namespace Gateway.AdminConsole.Api;

/// <summary>
/// The admin API as whoever is signed in may use it: calls go to ingress by service invocation with that admin's own key, so that roles and scopes are
/// held where they are held for everybody, and the console can do nothing that its reader could not do with curl.
/// </summary>
internal sealed class AdminApi(ServiceClients clients, Visit visit)
{
    /// <summary>No report of the admin API is larger; what is longer is no answer of it.</summary>
    private const int MaxBytes = 32 * 1024 * 1024;
    private const string JsonType = "application/json";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <param name="path">Behind <c>/admin/v1</c>, with its query.</param>
    /// <param name="type">What the answer is read as.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <exception cref="ApiException">It was refused.</exception>
    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Get, path, null, type, cancellation: cancellation);

    /// <param name="method">The method.</param>
    /// <param name="path">Behind <c>/admin/v1</c>, with its query.</param>
    /// <param name="body">Sent as JSON; null: no body.</param>
    /// <param name="type">What the answer is read as.</param>
    /// <param name="once">With it, the same call again makes nothing new.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <exception cref="ApiException">It was refused.</exception>
    public async Task<T> SendAsync<T>(
        HttpMethod method, string path, JsonNode? body, JsonTypeInfo<T> type, string? once = null, CancellationToken cancellation = default)
    {
        var answer = await AskAsync(visit.Key, method, InternalRoutes.Admin + path, Json(body?.ToJsonString()), once, cancellation);
        return Read(answer, type);
    }

    /// <summary>For calls whose answer says nothing more, or is no JSON.</summary>
    /// <exception cref="ApiException">It was refused.</exception>
    public Task<byte[]> SendAsync(
        HttpMethod method, string path, string? body = null, string accept = JsonType, CancellationToken cancellation = default) =>
        AskAsync(visit.Key, method, InternalRoutes.Admin + path, Json(body), null, cancellation, accept);

    /// <summary>Who has this admin key.</summary>
    /// <exception cref="ApiException">Nobody has, or it cannot be found out.</exception>
    public async Task<Contracts.Accounts.AdminCaller> WhoAsync(string key, CancellationToken cancellation) =>
        Read(await AskAsync(key, HttpMethod.Get, InternalRoutes.Admin + "/self", null, null, cancellation), ApiJson.Default.AdminCaller);

    /// <summary>A request as any client's, with that client's key.</summary>
    /// <exception cref="ApiException">It was refused.</exception>
    public async Task<JsonDocument> MessageAsync(string key, JsonNode body, CancellationToken cancellation) => JsonDocument.Parse(
        await AskAsync(key, HttpMethod.Post, "/v1/messages", Json(body.ToJsonString()), null, cancellation));

    /// <summary>The next key of somebody who has signed in with a company account.</summary>
    /// <exception cref="ApiException">401: there is none any more.</exception>
    public async Task<ConsoleTokens> RenewAsync(string refreshToken, CancellationToken cancellation)
    {
        var answer = Read(
            await AskAsync(null, HttpMethod.Post, "/oauth/token", Form("grant_type", "refresh_token", "refresh_token", refreshToken), null, cancellation),
            ApiJson.Default.TokenAnswer);
        return new() { AccessToken = answer.AccessToken, ExpiresInSeconds = answer.ExpiresIn, RefreshToken = answer.RefreshToken };
    }

    /// <summary>Ends that sign-in.</summary>
    /// <exception cref="ApiException">It could not be told.</exception>
    public Task RevokeAsync(string refreshToken, CancellationToken cancellation) =>
        AskAsync(null, HttpMethod.Post, "/oauth/revoke", Form("token", refreshToken), null, cancellation);

    private static FormUrlEncodedContent Form(params ReadOnlySpan<string> pairs)
    {
        var fields = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < pairs.Length; i += 2)
            fields.Add(new(pairs[i], pairs[i + 1]));
        return new(fields);
    }

    private static ByteArrayContent? Json(string? body) =>
        body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(JsonType) } };

    private static T Read<T>(byte[] answer, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(answer, type) ?? throw new ApiException(502, "The admin API answered nothing", null);
        }
        catch (JsonException e)
        {
            throw new ApiException(502, "The admin API's answer cannot be read", e.Path);
        }
    }

    private async Task<byte[]> AskAsync(
        string? key, HttpMethod method, string pathAndQuery, HttpContent? body, string? once, CancellationToken cancellation, string accept = JsonType)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        using var request = new HttpRequestMessage(method, $"http://{AppIds.Ingress}{pathAndQuery}");
        if (key is not null)
            request.Headers.TryAddWithoutValidation("x-api-key", key);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (once is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", once);
        if (body is not null)
        {
            request.Content = body;
            // Chunked, so that no policy makes a key twice.
            request.Headers.TransferEncodingChunked = true;
        }

        try
        {
            using var response = await clients.For(AppIds.Ingress).SendAsync(request, limit.Token);
            await response.Content.LoadIntoBufferAsync(MaxBytes, limit.Token);
            var bytes = await response.Content.ReadAsByteArrayAsync(limit.Token);
            if (response.IsSuccessStatusCode)
                return bytes;
            throw IsSidecars(response, bytes) ? ApiException.Away : ApiException.Of((int)response.StatusCode, bytes);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw ApiException.Away;
        }
    }

    /// <summary>A sidecar's own error: ingress is not there.</summary>
    private static bool IsSidecars(HttpResponseMessage response, byte[] body) =>
        (int)response.StatusCode >= 500 && Encoding.UTF8.GetString(body).Contains("\"errorCode\"", StringComparison.Ordinal);
}
