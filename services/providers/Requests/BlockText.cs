using System.Text;
using Gateway.Contracts.Errors;

namespace Gateway.Providers.Requests;

/// <summary>Blocks that other providers have no part for, as text (rules E61, E96, E104).</summary>
internal static class BlockText
{
    /// <summary>Null for a block that is not text: an image, a PDF.</summary>
    public static RequestText? Of(ContentBlock block) => block switch
    {
        ContentBlock.Text text => text.Value,
        ContentBlock.SearchResult result => Of(result),
        ContentBlock.ToolReference reference => $"The tool {reference.ToolName} is available.",
        ContentBlock.ServerTool tool => ServerToolNote.Of(tool),
        ContentBlock.Document document when Of(document) is { } text => text,
        _ => default(RequestText?),
    };

    /// <summary>
    /// Where only a leading system message is allowed, a later one speaks as the user with a mark, never as the assistant (rule E71).
    /// </summary>
    public static string OfSystem(string text) => $"<system>\n{text}\n</system>";

    /// <summary>Adjacent texts of one message are one text that citations had split; those of two are paragraphs.</summary>
    public static bool Continues(ContentBlock block, ContentBlock? before)
    {
        if (block is not ContentBlock.Text || before is not ContentBlock.Text)
            return false;
        return block.Path.Parent is { } parent && parent == before.Path.Parent;
    }

    private static string Of(ContentBlock.SearchResult result) =>
        $"<search_result title=\"{result.Title}\" source=\"{result.Source}\">\n"
        + string.Join("\n\n", result.Content.OfType<ContentBlock.Text>().Select(t => t.Value))
        + "\n</search_result>";

    private static string? Of(ContentBlock.Document document)
    {
        var text = document.Source switch
        {
            MediaSource.PlainText plain => plain.Text,
            MediaSource.Blocks blocks when blocks.Content.All(b => b is ContentBlock.Text) =>
                string.Join("\n\n", blocks.Content.Cast<ContentBlock.Text>().Select(t => t.Value)),
            MediaSource.Base64 { MediaType: "text/plain" } inline => Decode(document, inline),
            _ => null,
        };
        if (text is null)
            return null;
        var title = document.Title is null ? "" : $" title=\"{document.Title}\"";
        var context = document.Context is null ? "" : $"{document.Context}\n\n";
        return $"<document{title}>\n{context}{text}\n</document>";
    }

    private static string Decode(ContentBlock.Document document, MediaSource.Base64 source)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(source.Data.Text()));
        }
        catch (FormatException)
        {
            throw GatewayException.Invalid($"{document.Path}.source.data: Input should be valid base64");
        }
    }
}
