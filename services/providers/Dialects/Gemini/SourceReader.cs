using System.Text;
using Gateway.Contracts.Web;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>
/// Feeds the sources of an answer into it (rule E105): what it repeats (<c>citationMetadata</c>) and what a search found
/// (<c>groundingMetadata</c>). Those without an address or without a place in the text are noted.
/// https://ai.google.dev/api/generate-content#GroundingMetadata
/// </summary>
internal static class SourceReader
{
    public static void Read(Answer answer, in Chunk chunk)
    {
        // The API calls the list citationSources, Vertex AI calls it citations.
        foreach (var source in new JsonItems(JsonSlice.Member(chunk.Citations, "citationSources"u8)))
            Cite(answer, source, source);
        foreach (var source in new JsonItems(JsonSlice.Member(chunk.Citations, "citations"u8)))
            Cite(answer, source, source);
        var chunks = JsonSlice.Member(chunk.Grounding, "groundingChunks"u8);
        var any = false;
        foreach (var support in new JsonItems(JsonSlice.Member(chunk.Grounding, "groundingSupports"u8)))
        {
            any = true;
            foreach (var index in new JsonItems(JsonSlice.Member(support, "groundingChunkIndices"u8), all: true))
                Cite(answer, JsonSlice.Member(support, "segment"u8), Web(chunks, JsonSlice.Number(index)));
        }

        if (answer.TakesSearches)
            Search(answer, chunks, JsonSlice.Member(chunk.Grounding, "webSearchQueries"u8));
        else if (!any && new JsonItems(chunks).MoveNext())
            answer.Drop("groundingMetadata"u8);
    }

    /// <summary>What was found by all queries together; it stands with the first.</summary>
    private static void Search(Answer answer, ReadOnlySpan<byte> chunks, ReadOnlySpan<byte> queries)
    {
        List<WebResult>? results = null;
        foreach (var query in new JsonItems(queries, all: true))
        {
            if (results is null)
            {
                results = [];
                foreach (var found in new JsonItems(chunks))
                {
                    if (WebSource.Read(JsonSlice.Member(found, "web"u8)) is { } result)
                        results.Add(result);
                }
            }

            answer.SearchOnce(Encoding.UTF8.GetString(JsonSlice.Text(query)), results);
            results = [];
        }
    }

    private static ReadOnlySpan<byte> Web(ReadOnlySpan<byte> chunks, long? index)
    {
        foreach (var chunk in new JsonItems(chunks))
        {
            if (index-- == 0)
                return JsonSlice.Member(chunk, "web"u8);
        }

        return default;
    }

    /// <param name="place">Has the end of the cited piece; a start of 0 is left out.</param>
    private static void Cite(Answer answer, ReadOnlySpan<byte> place, ReadOnlySpan<byte> source)
    {
        var url = JsonSlice.Text(JsonSlice.Member(source, "uri"u8));
        if (url.Length == 0 || JsonSlice.Number(JsonSlice.Member(place, "endIndex"u8)) is null)
        {
            answer.Drop("citations"u8);
            return;
        }

        var title = JsonSlice.Text(JsonSlice.Member(source, "title"u8));
        answer.Cite(new Citation(Encoding.UTF8.GetString(url), title.Length > 0 ? Encoding.UTF8.GetString(title) : null, ""));
    }
}
