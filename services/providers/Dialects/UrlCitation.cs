using System.Text;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects;

/// <summary>
/// OpenAI's annotations of a text: addresses that a search found, files. Only an address with its place in the text can be told in
/// Anthropic's format (rule E105); everything else is noted.
/// </summary>
internal static class UrlCitation
{
    /// <summary>Chat Completions nest what Responses have in the annotation itself.</summary>
    public static void Read(Answer answer, ReadOnlySpan<byte> annotation)
    {
        var type = JsonSlice.Text(JsonSlice.Member(annotation, "type"u8));
        if (!type.SequenceEqual("url_citation"u8))
        {
            answer.Drop(type.Length > 0 ? type : "annotations"u8);
            return;
        }

        var nested = JsonSlice.Member(annotation, "url_citation"u8);
        var citation = nested.Length > 0 ? nested : annotation;
        var url = JsonSlice.Text(JsonSlice.Member(citation, "url"u8));
        if (url.Length == 0 || JsonSlice.Number(JsonSlice.Member(citation, "start_index"u8)) is null
            || JsonSlice.Number(JsonSlice.Member(citation, "end_index"u8)) is null)
        {
            answer.Drop("citations"u8);
            return;
        }

        var title = JsonSlice.Text(JsonSlice.Member(citation, "title"u8));
        // OpenRouter adds what it found there.
        var quote = JsonSlice.Text(JsonSlice.Member(citation, "content"u8));
        answer.Cite(new Citation(Encoding.UTF8.GetString(url), title.Length > 0 ? Encoding.UTF8.GetString(title) : null, Encoding.UTF8.GetString(quote)));
    }
}
