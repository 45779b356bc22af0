using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiResponses;

internal sealed partial class RequestWriter
{
    private void WriteParts(ReadOnlySpan<byte> name, IReadOnlyList<ContentBlock> content)
    {
        Json.WriteStartArray(name);
        foreach (var block in content)
            WritePart(block);
        Json.WriteEndArray();
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
        Json.WriteStartObject();
        switch (block)
        {
            case ContentBlock.Image image:
                WriteImage(image);
                break;
            case var _ when BlockText.Of(block) is { } text:
                Json.WriteString("type"u8, "input_text"u8);
                Json.WriteText("text"u8, text);
                break;
            case ContentBlock.Document document:
                WriteFile(document);
                break;
            default:
                throw new InvalidOperationException($"A {block.GetType().Name} block is not content of a message.");
        }

        WriteMark(block);
        Json.WriteEndObject();
    }

    private void WriteImage(ContentBlock.Image image)
    {
        CheckReadsImages(image);
        Json.WriteString("type"u8, "input_image"u8);
        Json.WriteString("detail"u8, "auto"u8);
        Json.WritePropertyName("image_url"u8);
        WriteImageUrl(image);
    }

    /// <summary>Files and their addresses are part of the format (rule E104); only the model may be unable to read them.</summary>
    private void WriteFile(ContentBlock.Document document)
    {
        if (Call.Model?.Capabilities?.Pdf == false)
            throw NoDocument(document);
        Json.WriteString("type"u8, "input_file"u8);
        if (document.Source is MediaSource.Url url)
        {
            Json.WriteString("file_url"u8, url.Address);
            return;
        }

        Json.WriteString("filename"u8, FileName(document));
        Json.WritePropertyName("file_data"u8);
        var inline = (MediaSource.Base64)document.Source;
        Json.WriteBase64($"data:{inline.MediaType};base64,", inline);
    }

    private bool Marks(ContentBlock block) => block.Cache is not null && Call.Has(Quirk.PromptCacheBreakpoints) && Call.Allows("prompt_cache_breakpoint");

    /// <summary>A cache mark; how long it lasts can't be said here (rules E75, E106).</summary>
    private void WriteMark(ContentBlock block)
    {
        if (!Marks(block))
        {
            NoteCache(block);
            return;
        }

        if (block.Cache!.Ttl != "5m")
            Dropped.Add("cache_control.ttl");
        Json.WriteStartObject("prompt_cache_breakpoint"u8);
        Json.WriteString("mode"u8, "explicit"u8);
        Json.WriteEndObject();
    }
}
