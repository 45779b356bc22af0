using Gateway.Contracts.Errors;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiResponses;

internal sealed partial class RequestWriter
{
    private void WriteParts(ReadOnlySpan<byte> name, IReadOnlyList<ContentBlock> content)
    {
        _json.WriteStartArray(name);
        foreach (var block in content)
            WritePart(block);
        _json.WriteEndArray();
    }

    private void WritePart(ContentBlock block)
    {
        if (block is ContentBlock.Document { Source: MediaSource.Blocks blocks } && BlockText.Of(block) is null)
        {
            foreach (var inner in blocks.Content)
                WritePart(inner);
            return;
        }

        if (block is ContentBlock.Document { Context: { } context } && BlockText.Of(block) is null)
            WritePart(new ContentBlock.Text(block.Path, context));
        _json.WriteStartObject();
        switch (block)
        {
            case ContentBlock.Image image:
                WriteImage(image);
                break;
            case var _ when BlockText.Of(block) is { } text:
                _json.WriteString("type"u8, "input_text"u8);
                _json.WriteString("text"u8, text);
                break;
            case ContentBlock.Document document:
                WriteFile(document);
                break;
            default:
                throw new InvalidOperationException($"A {block.GetType().Name} block is not content of a message.");
        }

        WriteMark(block);
        _json.WriteEndObject();
    }

    private void WriteImage(ContentBlock.Image image)
    {
        if (_call.Model?.Capabilities?.Images == false)
            throw GatewayException.Invalid($"{image.Path}: this model can't read images");
        _json.WriteString("type"u8, "input_image"u8);
        _json.WriteString("detail"u8, "auto"u8);
        _json.WritePropertyName("image_url"u8);
        switch (image.Source)
        {
            case MediaSource.Base64 inline:
                _json.WriteBase64($"data:{inline.MediaType};base64,", inline);
                break;
            case MediaSource.Url url when !_call.Has(Quirk.NoImageUrls):
                _json.WriteStringValue(url.Address);
                break;
            case MediaSource.Url:
                throw GatewayException.Invalid($"{image.Path}.source: this provider does not fetch images. Send the image as base64");
            default:
                throw GatewayException.Invalid($"{image.Path}.source.type: Input should be 'base64' or 'url'");
        }
    }

    /// <summary>Files and their addresses are part of the format (rule E104); only the model may be unable to read them.</summary>
    private void WriteFile(ContentBlock.Document document)
    {
        if (_call.Model?.Capabilities?.Pdf == false)
            throw NoDocument(document);
        _json.WriteString("type"u8, "input_file"u8);
        if (document.Source is MediaSource.Url url)
        {
            _json.WriteString("file_url"u8, url.Address);
            return;
        }

        var title = document.Title ?? "document.pdf";
        _json.WriteString("filename"u8, title.EndsWith(".pdf", StringComparison.OrdinalIgnoreCase) ? title : $"{title}.pdf");
        _json.WritePropertyName("file_data"u8);
        var inline = (MediaSource.Base64)document.Source;
        _json.WriteBase64($"data:{inline.MediaType};base64,", inline);
    }

    private static GatewayException NoDocument(ContentBlock document) =>
        GatewayException.Invalid($"{document.Path}: this model can't read PDF documents. Send the text of the document instead");

    private bool Marks(ContentBlock block) => block.Cache is not null && _call.Has(Quirk.PromptCacheBreakpoints);

    private void NoteCache(ContentBlock block)
    {
        if (block.Cache is not null)
            Dropped.Add("cache_control");
    }

    /// <summary>A cache mark; how long it lasts can't be said here (rules E75, E106).</summary>
    private void WriteMark(ContentBlock block)
    {
        if (!Marks(block))
        {
            NoteCache(block);
            return;
        }

        _json.WriteStartObject("prompt_cache_breakpoint"u8);
        _json.WriteString("mode"u8, "explicit"u8);
        _json.WriteEndObject();
    }
}
