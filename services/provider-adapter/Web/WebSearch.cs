using System.Net;
using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Json;
using Gateway.Contracts.Web;
using Gateway.Hosting;
using Gateway.ProviderAdapter.Credentials;
using Gateway.ProviderAdapter.Providers;

namespace Gateway.ProviderAdapter.Web;

/// <summary>Asks the search service of the catalog. Whatever goes wrong is an answer with a reason, and no failed request.</summary>
internal sealed class WebSearch(CatalogSource catalog, SecretSource secrets, SecretMask mask, ILogger<WebSearch> log)
{
    private const int MaxAnswerBytes = 4 * 1024 * 1024;
    private const int MaxTitle = 300;
    private const int MaxUrl = 2_048;

    /// <summary>What one page may say, and what all pages of a search may together.</summary>
    private const int MaxText = 2_500;
    private const int MaxTexts = 30_000;

    private static readonly Dictionary<string, ISearchService> Services = new(StringComparer.Ordinal)
    {
        [SearchEntry.SearXng] = new SearXngSearch(),
        [SearchEntry.Brave] = new BraveSearch(),
        [SearchEntry.Tavily] = new TavilySearch(),
    };

    private volatile Known? _known;

    public async Task<WebSearchAnswer> AskAsync(WebSearchCall call, CancellationToken cancellationToken)
    {
        if (catalog.Current.File.Search is not { } entry)
            return Failed(WebErrors.Unavailable);
        var service = Services[entry.Service];
        var secret = entry.Secret is null ? null : await secrets.GetAsync(entry.Secret);
        if (entry.Secret is not null && secret is null)
        {
            Log.SearchFailed(log, entry.Service, $"the secret '{entry.Secret}' is not there, or the secret store could not be read");
            return Failed(WebErrors.Unavailable);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(entry.TimeoutMs);
        try
        {
            using var request = service.Ask((entry.BaseUrl ?? service.BaseUrl!).TrimEnd('/'), secret, entry, call);
            using var response = await ConnectionsOf(entry).SendAsync(request, limit.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                Log.SearchFailed(log, entry.Service, Reason(entry, response.StatusCode));
                return Failed(ErrorOf(response.StatusCode));
            }

            using var body = new PooledBuffer(16 * 1024);
            await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
            if (!await body.TryReadAsync(stream, MaxAnswerBytes, limit.Token))
                throw new InvalidDataException($"its answer is larger than {MaxAnswerBytes} bytes");
            mask.Apply(body.WrittenForChange);
            using var json = JsonDocument.Parse(body.WrittenMemory, GatewayJson.DocumentOptions);
            return new WebSearchAnswer { Results = Fitting(service.Read(json.RootElement), entry, new DomainFilter(call.AllowedDomains, call.BlockedDomains)) };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or JsonException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var reason = e is OperationCanceledException ? $"no answer within {entry.TimeoutMs} ms" : mask.Apply(e.Message);
            Log.SearchFailed(log, entry.Service, LogText.Of(reason, 200)!);
            return Failed(WebErrors.Unavailable);
        }
    }

    private static List<WebResult> Fitting(IEnumerable<WebResult> found, SearchEntry entry, DomainFilter domains)
    {
        var results = new List<WebResult>();
        var left = MaxTexts;
        foreach (var result in found)
        {
            if (results.Count == entry.Results)
                break;
            if (result.Url.Length > MaxUrl || !Uri.TryCreate(result.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")
                || !domains.Allows(url))
                continue;
            var text = Cut(result.Text.Trim(), Math.Min(MaxText, left));
            left -= text.Length;
            var age = string.IsNullOrEmpty(result.PageAge) ? null : Cut(result.PageAge, MaxTitle);
            results.Add(new WebResult(result.Url, Cut(result.Title.Trim(), MaxTitle), text, age));
        }

        return results;
    }

    internal static string Cut(string text, int length) =>
        text.Length <= length ? text : text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    private static string ErrorOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.TooManyRequests => WebErrors.TooManyRequests,
        HttpStatusCode.RequestUriTooLong => WebErrors.QueryTooLong,
        HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => WebErrors.InvalidInput,
        _ => WebErrors.Unavailable,
    };

    private static string Reason(SearchEntry entry, HttpStatusCode status) => status switch
    {
        HttpStatusCode.Forbidden when entry.Service == SearchEntry.SearXng => "status 403; its settings must list json among search.formats",
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => $"status {(int)status}: it refuses the secret '{entry.Secret}'",
        _ => $"status {(int)status}",
    };

    private static WebSearchAnswer Failed(string error) => new() { Error = error };

    /// <summary>Kept for as long as the catalog's entry is.</summary>
    private HttpMessageInvoker ConnectionsOf(SearchEntry entry)
    {
        var known = _known;
        if (known is not null && known.Entry == entry)
            return known.Http;
        if (Connections.ProxyPassword(entry.Proxy) is { } password)
            mask.Learn(password);
        known = new Known(entry, new HttpMessageInvoker(Connections.Of(entry.Proxy, entry.TimeoutMs)));
        _known = known;
        return known.Http;
    }

    private sealed record Known(SearchEntry Entry, HttpMessageInvoker Http);
}
