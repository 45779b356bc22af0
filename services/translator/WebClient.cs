using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Contracts.Web;
using Gateway.Hosting;

namespace Gateway.Translator;

/// <summary>Asks the adapter to search the web and to read pages of it: it alone talks to the outside.</summary>
internal sealed class WebClient(ServiceClients clients, CatalogSource catalog, ILogger<TranslationRequest> log)
{
    /// <summary>A PDF of the largest size in base64, and what stands around it.</summary>
    private const int MaxAnswerBytes = 48 * 1024 * 1024;

    private static readonly WebSearchAnswer NoSearch = new() { Error = WebErrors.Unavailable };
    private static readonly WebFetchAnswer NoFetch = new() { Error = WebErrors.Unavailable };

    public async Task<WebSearchAnswer> SearchAsync(string requestId, WebSearchCall call, CancellationToken cancellationToken) =>
        catalog.Current.File.Search is { App: var app }
            ? await AskAsync(requestId, app, InternalRoutes.Search, call, WebJson.Default.WebSearchCall, WebJson.Default.WebSearchAnswer, cancellationToken)
                ?? NoSearch
            : NoSearch;

    public async Task<WebFetchAnswer> FetchAsync(string requestId, WebFetchCall call, CancellationToken cancellationToken) =>
        catalog.Current.File.Fetch is { App: var app }
            ? await AskAsync(requestId, app, InternalRoutes.Fetch, call, WebJson.Default.WebFetchCall, WebJson.Default.WebFetchAnswer, cancellationToken)
                ?? NoFetch
            : NoFetch;

    /// <summary>Null where the adapter could not be asked: an answer without a search is still an answer.</summary>
    private async Task<TAnswer?> AskAsync<TCall, TAnswer>(
        string requestId, string app, string path, TCall call, JsonTypeInfo<TCall> callType, JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken)
        where TAnswer : class
    {
        try
        {
            using var body = new PooledBuffer(1024);
            using (var json = new Utf8JsonWriter(body, GatewayJson.WriterOptions))
                JsonSerializer.Serialize(json, call, callType);
            using var message = new HttpRequestMessage(HttpMethod.Post, Sidecar.InvokeUri(app, path)) { Content = new PooledContent(body) };
            message.Headers.TransferEncodingChunked = true;
            message.Headers.TryAddWithoutValidation(GatewayHeaders.RequestId, requestId);
            using var response = await clients.For(app).SendAsync(message, cancellationToken);
            if (!response.IsSuccessStatusCode || AdapterClient.Origin(response) is null)
            {
                log.WebToolUnreachable(requestId, path, $"it answered {(int)response.StatusCode}");
                return null;
            }

            using var answer = new PooledBuffer(16 * 1024);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await answer.TryReadAsync(stream, MaxAnswerBytes, cancellationToken) ? JsonSerializer.Deserialize(answer.WrittenSpan, answerType) : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            log.WebToolUnreachable(requestId, path, e.Message);
            return null;
        }
    }
}
