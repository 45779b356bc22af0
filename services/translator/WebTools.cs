using Gateway.Contracts.Web;
using Gateway.Providers.Answers;
using Gateway.Providers.Requests;
using Gateway.Providers.Text;

namespace Gateway.Translator;

/// <summary>Runs the calls of one request's web tools, within what the client allows of them.</summary>
internal sealed class WebTools
{
    /// <summary>Longer queries are refused, by the services as well.</summary>
    private const int MaxQueryCharacters = 1_000;

    /// <summary>Anthropic's own limit.</summary>
    private const int MaxUrlCharacters = 250;

    /// <summary>How much of a page is shown where the client does not say.</summary>
    private const int UsualContentTokens = 25_000;
    private const int MostContentTokens = 200_000;
    private const int CharactersPerToken = 4;

    /// <summary>Calls that are run at the same time.</summary>
    private const int MaxParallel = 4;

    private readonly WebClient _client;
    private readonly TranslationRequest _request;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Tool? _search, _fetch;
    private int _searchesLeft, _fetchesLeft, _searches, _fetches;

    /// <param name="usualUses">Of a tool that the client sets no limit for.</param>
    public WebTools(WebClient client, TranslationRequest request, int usualUses, TimeProvider time, ILogger log)
    {
        (_client, _request, _time, _log) = (client, request, time, log);
        foreach (var tool in request.Call.Request.Tools)
        {
            if (tool.Web is { Kind: WebToolKind.Search } search)
                (_search, _searchesLeft) = (tool, search.MaxUses ?? usualUses);
            else if (tool.Web is { } fetch)
                (_fetch, _fetchesLeft) = (tool, fetch.MaxUses ?? usualUses);
        }

        MostRounds = _searchesLeft + _fetchesLeft;
    }

    /// <summary>Rounds that bring something, if each uses a tool once; one more is the answer.</summary>
    public int MostRounds { get; }

    /// <summary>Adds the searches that have been made since the last time, and the pages that have been read: what failed costs nothing.</summary>
    public AnswerUsage AddUses(in AnswerUsage usage)
    {
        var added = usage with { WebSearches = (usage.WebSearches ?? 0) + _searches, WebFetches = (usage.WebFetches ?? 0) + _fetches };
        _searches = _fetches = 0;
        return added;
    }

    public bool AnyLeft => _searchesLeft > 0 || _fetchesLeft > 0;

    /// <summary>Runs the calls of a round.</summary>
    /// <returns>For each call the block that the client is shown, and the result that the model is told.</returns>
    public async Task<IReadOnlyList<(byte[] Block, ContentBlock Result)>> RunAsync(IReadOnlyList<WebCall> calls, CancellationToken cancellationToken)
    {
        var results = new List<(byte[], ContentBlock)>(calls.Count);
        foreach (var few in calls.Chunk(MaxParallel))
            results.AddRange(await Task.WhenAll(few.Select(call => RunAsync(call, cancellationToken)).ToList()));
        return results;
    }

    private Task<(byte[] Block, ContentBlock Result)> RunAsync(WebCall call, CancellationToken cancellationToken) =>
        call.Name == _search?.Name ? SearchAsync(call, _search.Web!, cancellationToken) : FetchAsync(call, _fetch!.Web!, cancellationToken);

    private async Task<(byte[] Block, ContentBlock Result)> SearchAsync(WebCall call, WebTool tool, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var query = call.Text("query");
        var answer = query is null ? new WebSearchAnswer { Error = WebErrors.InvalidInput }
            : query.Length > MaxQueryCharacters ? new WebSearchAnswer { Error = WebErrors.QueryTooLong }
            : _searchesLeft-- <= 0 ? new WebSearchAnswer { Error = WebErrors.MaxUsesExceeded }
            : await _client.SearchAsync(_request.RequestId, new WebSearchCall
            {
                Query = query,
                AllowedDomains = tool.AllowedDomains,
                BlockedDomains = tool.BlockedDomains,
                Location = tool.Location,
            }, cancellationToken);
        Note(call, answer.Error, started);
        if (answer.Error is null)
            _searches++;
        return (WebBlocks.OfSearch(RoundsWriter.ServerId(call.Id), answer), Result(call, answer.Error, path => Shown(path, answer)));
    }

    private async Task<(byte[] Block, ContentBlock Result)> FetchAsync(WebCall call, WebTool tool, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var answer = CheckUrl(call.Text("url"), out var url) is { } mistake ? new WebFetchAnswer { Error = mistake }
            : _fetchesLeft-- <= 0 ? new WebFetchAnswer { Error = WebErrors.MaxUsesExceeded }
            : await _client.FetchAsync(_request.RequestId, new WebFetchCall
            {
                Url = url.AbsoluteUri,
                AllowedDomains = tool.AllowedDomains,
                BlockedDomains = tool.BlockedDomains,
                MaxCharacters = Math.Min(tool.MaxContentTokens ?? UsualContentTokens, MostContentTokens) * CharactersPerToken,
                Pdf = _request.Call.ReadsPdf,
            }, cancellationToken);
        Note(call, answer.Error, started);
        if (answer.Error is null)
            _fetches++;
        return (WebBlocks.OfFetch(RoundsWriter.ServerId(call.Id), answer), Result(call, answer.Error, path => Shown(path, answer)));
    }

    private string? CheckUrl(string? text, out Uri url)
    {
        url = null!;
        if (text is null || !Uri.TryCreate(text, UriKind.Absolute, out url!) || url.Scheme is not ("http" or "https"))
            return WebErrors.InvalidInput;
        if (text.Length > MaxUrlCharacters)
            return WebErrors.UrlTooLong;
        return KnownUrls.Contains(_request.Call.Request, url) ? null : WebErrors.UrlNotInPriorContext;
    }

    private static ContentBlock.ToolResult Result(WebCall call, string? error, Func<Place, IReadOnlyList<ContentBlock>> shown)
    {
        var path = new Place(null, call.Id, 0);
        return new ContentBlock.ToolResult(
            path, call.Id, error is null ? shown(path) : [new ContentBlock.Text(path, $"{call.Name} failed: {error.Replace('_', ' ')}.")], error is not null);
    }

    private static IReadOnlyList<ContentBlock> Shown(Place path, WebSearchAnswer answer) =>
        answer.Results.Count == 0
            ? [new ContentBlock.Text(path, "Nothing was found.")]
            : [.. answer.Results.Select(r => new ContentBlock.SearchResult(path, r.Url, r.Title, [new ContentBlock.Text(path, Dated(r))]))];

    private static string Dated(WebResult result) => result.PageAge is { } age ? $"({age}) {result.Text}" : result.Text;

    private static IReadOnlyList<ContentBlock> Shown(Place path, WebFetchAnswer answer) =>
        [
            new ContentBlock.Document(
                path,
                answer.Pdf is { } pdf
                    ? new MediaSource.Base64("application/pdf", new RawValue(System.Text.Encoding.ASCII.GetBytes($"\"{pdf}\"")))
                    : new MediaSource.PlainText(answer.Text ?? ""),
                answer.Title, answer.Url),
        ];

    private void Note(WebCall call, string? error, long started) =>
        _log.WebToolRan(_request.RequestId, call.Name, (long)_time.GetElapsedTime(started).TotalMilliseconds, error ?? "done");
}
