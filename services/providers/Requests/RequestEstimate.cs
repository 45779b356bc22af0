using System.Text.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>Estimates the input tokens of a request: system, messages, tools, images, documents (rule E149).</summary>
public static class RequestEstimate
{
    private const int PerMessage = 4;
    private const int PerTool = 12;

    /// <summary>What a provider adds once it is given any tools.</summary>
    private const int ToolPreamble = 40;

    public static long Of(MessagesRequest request)
    {
        long tokens = 3;
        foreach (var text in request.System)
            tokens += TokenEstimate.Of(text.Value);
        foreach (var message in request.Messages)
            tokens += PerMessage + Of(message.Content);
        if (request.Tools.Count > 0)
            tokens += ToolPreamble;
        foreach (var tool in request.Tools)
            tokens += PerTool + TokenEstimate.Of(tool.Name) + TokenEstimate.Of(tool.Description ?? "") + OfJson(tool.InputSchema);
        return tokens + OfJson(request.OutputSchema);
    }

    private static long Of(IEnumerable<ContentBlock> blocks) => blocks.Sum(Of);

    private static long Of(ContentBlock block) => block switch
    {
        ContentBlock.Text b => TokenEstimate.Of(b.Value),
        ContentBlock.Thinking b => TokenEstimate.Of(b.Value),
        ContentBlock.ToolUse b => PerTool + TokenEstimate.Of(b.Name) + OfJson(b.Input),
        ContentBlock.ToolResult b => PerMessage + Of(b.Content),
        ContentBlock.SearchResult b => TokenEstimate.Of(b.Title) + TokenEstimate.Of(b.Source) + Of(b.Content),
        ContentBlock.Image b => MediaEstimate.OfImage(b.Source),
        ContentBlock.Document b => TokenEstimate.Of(b.Title ?? "") + TokenEstimate.Of(b.Context ?? "") + OfDocument(b.Source),
        ContentBlock.ServerTool b => OfJson(b.Raw),
        _ => PerMessage,
    };

    private static long OfDocument(MediaSource source) => source switch
    {
        MediaSource.PlainText text => TokenEstimate.Of(text.Text),
        MediaSource.Blocks blocks => Of(blocks.Content),
        _ => MediaEstimate.OfDocument(source),
    };

    private static long OfJson(JsonElement element) =>
        element.ValueKind == JsonValueKind.Undefined ? 0 : TokenEstimate.Of(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element));
}
