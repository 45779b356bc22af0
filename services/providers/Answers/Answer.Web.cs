using Gateway.Contracts.Names;
using Gateway.Contracts.Web;
using Gateway.Providers.Tools;

namespace Gateway.Providers.Answers;

public sealed partial class Answer
{
    private const int MaxSearches = 64;
    private const int MaxFound = 50;

    private long? _searches;
    private int _searchBlocks;
    private List<WebResult>? _found;
    private HashSet<string>? _queries;

    /// <summary>Whether the request has a web search that its provider makes: else what it says of one has no place in the answer.</summary>
    public bool TakesSearches => _options.ProviderSearches;

    /// <summary>
    /// A search that the provider has made on its own. What is said before it and what is said after it are texts of their own; one that is told
    /// of only afterwards stands behind its text.
    /// </summary>
    /// <param name="query">What was searched for; empty where the provider does not say.</param>
    /// <param name="results">What was found, as far as the provider tells.</param>
    public void Search(string query, IReadOnlyList<WebResult> results)
    {
        _searches = (_searches ?? 0) + 1;
        if (IsCut || _searchBlocks == MaxSearches)
            return;
        EndOfText();
        var id = $"{MintedThinking.ServerToolId}{ShortHash.Of($"{_options.Head.MessageId}/search/{_searchBlocks++}", 24)}";
        Add(PendingBlock.Whole(BlockKind.ServerToolUse, id, WebBlocks.Input("query", query)));
        Add(PendingBlock.Whole(BlockKind.ServerToolResult, id, WebBlocks.OfSearch(id, new WebSearchAnswer { Results = results })));
    }

    /// <summary>The same, told of with each part of an answer: one query is one search.</summary>
    public void SearchOnce(string query, IReadOnlyList<WebResult> results)
    {
        if ((_queries ??= new HashSet<string>(StringComparer.Ordinal)).Add(query))
            Search(query, results);
    }

    /// <summary>A page that a search of the provider has found, which tells neither when nor by which query.</summary>
    public void Found(WebResult result)
    {
        if (TakesSearches && (_found ??= []).Count < MaxFound && !_found.Exists(f => f.Url == result.Url))
            _found.Add(result);
    }

    /// <summary>What was found without a word of the search stands at the end, as one search for who knows what.</summary>
    private void TellFound()
    {
        if (_found is not { Count: > 0 } found || _searchBlocks > 0)
            return;
        var counted = _searches;
        Search("", found);
        _searches = counted ?? _searches;
    }

    private void StartWhole(PendingBlock block)
    {
        block.Started = true;
        _index++;
        _said = true;
        if (block.Kind == BlockKind.ServerToolResult)
        {
            _writer.WholeBlock(_index, block.Buffered);
            return;
        }

        _writer.StartBlock(_index, BlockKind.ServerToolUse, block.WholeId, WebToolName);
        WriteDelta(block, block.Buffered);
    }

    private const string WebToolName = Requests.WebTool.SearchName;
}
