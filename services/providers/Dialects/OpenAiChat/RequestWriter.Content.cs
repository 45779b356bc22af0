using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Providers.Requests;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed partial class RequestWriter
{
    private void WriteContent(IReadOnlyList<ContentBlock> content)
    {
        var textOnly = content.All(b => b is ContentBlock.Text);
        if (textOnly && (_call.Has(Quirk.StringContent) || (content.Count == 1 && !Marks(content[0]))))
        {
            foreach (var block in content)
                NoteCache(block);
            _json.WriteString("content"u8, string.Join("\n\n", content.Cast<ContentBlock.Text>().Select(t => t.Value)));
            return;
        }

        _json.WriteStartArray("content"u8);
        foreach (var block in content)
            WritePart(block);
        _json.WriteEndArray();
    }

    private void WritePart(ContentBlock block)
    {
        switch (block)
        {
            case ContentBlock.Text text:
                WriteTextPart(text.Value, block);
                break;
            case ContentBlock.Image image:
                WriteImage(image);
                break;
            case ContentBlock.Document document:
                WriteDocument(document);
                break;
            case ContentBlock.SearchResult result:
                WriteTextPart(SearchText(result), block);
                break;
            case ContentBlock.ServerTool note:
                WriteTextPart(ServerToolNote.Of(note), block);
                break;
            case ContentBlock.ToolReference reference:
                WriteTextPart(ReferenceText(reference), block);
                break;
            default:
                throw new InvalidOperationException($"A {block.GetType().Name} block is not content of a message.");
        }
    }

    private void WriteTextPart(string text, ContentBlock block)
    {
        _json.WriteStartObject();
        _json.WriteString("type"u8, "text"u8);
        _json.WriteString("text"u8, text);
        WriteMark(block);
        _json.WriteEndObject();
    }

    private bool Marks(ContentBlock block) =>
        block.Cache is not null && ((_call.Has(Quirk.PromptCacheBreakpoints) && _call.Allows("prompt_cache_breakpoint")) || _call.Has(Quirk.CacheControl));

    private void NoteCache(ContentBlock block)
    {
        if (block.Cache is not null)
            Dropped.Add("cache_control");
    }

    /// <summary>A cache mark, in the provider's own way where it has one (rules E75, E106).</summary>
    private void WriteMark(ContentBlock block)
    {
        if (!Marks(block))
        {
            NoteCache(block);
            return;
        }

        var hour = block.Cache!.Ttl == "1h";
        if (_call.Has(Quirk.CacheControl))
        {
            _json.WriteStartObject("cache_control"u8);
            _json.WriteString("type"u8, "ephemeral"u8);
            if (hour && !_call.Has(Quirk.CacheWithoutTtl))
                _json.WriteString("ttl"u8, "1h"u8);
            _json.WriteEndObject();
            return;
        }

        // The shortest lifetime that is at least the one asked for.
        _json.WriteStartObject("prompt_cache_breakpoint"u8);
        _json.WriteString("mode"u8, "explicit"u8);
        _json.WriteString("ttl"u8, hour ? "12h"u8 : "30m"u8);
        _json.WriteEndObject();
    }

    private void WriteImage(ContentBlock.Image image)
    {
        if (_call.Model?.Capabilities?.Images == false)
            throw GatewayException.Invalid($"{image.Path}: this model can't read images");
        _json.WriteStartObject();
        _json.WriteString("type"u8, "image_url"u8);
        _json.WriteStartObject("image_url"u8);
        _json.WritePropertyName("url"u8);
        switch (image.Source)
        {
            case MediaSource.Base64 inline:
                WriteDataUrl(inline);
                break;
            case MediaSource.Url url when !_call.Has(Quirk.NoImageUrls):
                _json.WriteStringValue(url.Address);
                break;
            case MediaSource.Url:
                throw GatewayException.Invalid($"{image.Path}.source: this provider does not fetch images. Send the image as base64");
            default:
                throw GatewayException.Invalid($"{image.Path}.source.type: Input should be 'base64' or 'url'");
        }

        _json.WriteEndObject();
        WriteMark(image);
        _json.WriteEndObject();
    }

    /// <summary>Media of megabytes go from the one body to the other without becoming a string on the way.</summary>
    private void WriteDataUrl(MediaSource.Base64 source)
    {
        _json.WriteStringValueSegment(Encoding.UTF8.GetBytes($"data:{source.MediaType};base64,"), isFinalSegment: false);
        var raw = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(source.Data)[1..^1];
        if (raw.Contains((byte)'\\'))
            _json.WriteStringValueSegment(Encoding.UTF8.GetBytes(JsonText.Read(source.Data)), isFinalSegment: true);
        else
            _json.WriteStringValueSegment(raw, isFinalSegment: true);
    }

    /// <summary>A PDF as a file part, any text as text; a provider that can do neither refuses by name (rule E104).</summary>
    private void WriteDocument(ContentBlock.Document document)
    {
        if (document.Source is MediaSource.Blocks blocks && blocks.Content.Any(b => b is not ContentBlock.Text))
        {
            foreach (var block in blocks.Content)
                WritePart(block);
            return;
        }

        if (DocumentText(document) is { } text)
        {
            WriteTextPart(text, document);
            return;
        }

        if ((!_call.Has(Quirk.FileParts) && !_call.Has(Quirk.DocumentUrlParts)) || _call.Model?.Capabilities?.Pdf == false)
            throw NoDocument(document);
        if (document.Context is not null)
            WriteTextPart(document.Context, document with { Cache = null });
        _json.WriteStartObject();
        if (_call.Has(Quirk.DocumentUrlParts))
            WriteDocumentUrl(document);
        else
            WriteFile(document);
        WriteMark(document);
        _json.WriteEndObject();
    }

    private void WriteDocumentUrl(ContentBlock.Document document)
    {
        _json.WriteString("type"u8, "document_url"u8);
        _json.WriteString("document_name"u8, FileName(document.Title));
        _json.WritePropertyName("document_url"u8);
        if (document.Source is MediaSource.Base64 inline)
            WriteDataUrl(inline);
        else if (document.Source is MediaSource.Url url)
            _json.WriteStringValue(url.Address);
        else
            throw NoDocument(document);
    }

    private void WriteFile(ContentBlock.Document document)
    {
        _json.WriteString("type"u8, "file"u8);
        _json.WriteStartObject("file"u8);
        _json.WriteString("filename"u8, FileName(document.Title));
        _json.WritePropertyName("file_data"u8);
        if (document.Source is MediaSource.Base64 inline)
            WriteDataUrl(inline);
        else if (document.Source is MediaSource.Url url && _call.Has(Quirk.FileUrls))
            _json.WriteStringValue(url.Address);
        else
            throw GatewayException.Invalid($"{document.Path}.source: this provider does not fetch documents. Send the document as base64");
        _json.WriteEndObject();
    }

    private static GatewayException NoDocument(ContentBlock.Document document) =>
        GatewayException.Invalid($"{document.Path}: this model can't read PDF documents. Send the text of the document instead");

    private static string FileName(string? title) =>
        title is null ? "document.pdf" : title.EndsWith(".pdf", StringComparison.OrdinalIgnoreCase) ? title : $"{title}.pdf";

    /// <summary>Null for a document that is not text.</summary>
    private static string? DocumentText(ContentBlock.Document document)
    {
        var text = document.Source switch
        {
            MediaSource.PlainText plain => plain.Text,
            MediaSource.Blocks blocks when blocks.Content.All(b => b is ContentBlock.Text) =>
                string.Join("\n\n", blocks.Content.Cast<ContentBlock.Text>().Select(t => t.Value)),
            MediaSource.Base64 { MediaType: "text/plain" } inline => DecodeText(document, inline),
            _ => null,
        };
        if (text is null)
            return null;
        var head = new StringBuilder("<document");
        if (document.Title is not null)
            head.Append(" title=\"").Append(document.Title).Append('"');
        head.Append(">\n");
        if (document.Context is not null)
            head.Append(document.Context).Append("\n\n");
        return head.Append(text).Append("\n</document>").ToString();
    }

    private static string DecodeText(ContentBlock.Document document, MediaSource.Base64 source)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(JsonText.Read(source.Data)));
        }
        catch (FormatException)
        {
            throw GatewayException.Invalid($"{document.Path}.source.data: Input should be valid base64");
        }
    }

    private static string SearchText(ContentBlock.SearchResult result) =>
        $"<search_result title=\"{result.Title}\" source=\"{result.Source}\">\n"
        + string.Join("\n\n", result.Content.OfType<ContentBlock.Text>().Select(t => t.Value))
        + "\n</search_result>";

    private static string ReferenceText(ContentBlock.ToolReference reference) => $"The tool {reference.ToolName} is available.";

    /// <summary>A tool message carries text only; what is none is named in it and follows in a user message (rules E60-E62).</summary>
    private void WriteToolResult(ContentBlock.ToolResult result, List<ContentBlock> media)
    {
        var text = new StringBuilder();
        NoteCache(result);
        foreach (var block in result.Content)
        {
            NoteCache(block);
            if (text.Length > 0)
                text.Append('\n');
            text.Append(block switch
            {
                ContentBlock.Text t => t.Value,
                ContentBlock.SearchResult s => SearchText(s),
                ContentBlock.ToolReference r => ReferenceText(r),
                ContentBlock.ServerTool s => ServerToolNote.Of(s),
                ContentBlock.Document d when DocumentText(d) is { } content => content,
                _ => Attach(block, media),
            });
        }

        _json.WriteStartObject();
        _json.WriteString("role"u8, "tool"u8);
        _json.WriteString("tool_call_id"u8, _call.ToolIds.ToUpstream(result.ToolUseId));
        _json.WriteString("content"u8, result.IsError ? $"Error: {text}" : text.ToString());
        _json.WriteEndObject();
    }

    private static string Attach(ContentBlock block, List<ContentBlock> media)
    {
        var label = $"[{(block is ContentBlock.Image ? "image" : "document")} {1 + media.Count(b => b is not ContentBlock.Text)}]";
        media.Add(new ContentBlock.Text(block.Path, label));
        media.Add(block with { Cache = null });
        return label;
    }
}
