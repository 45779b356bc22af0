using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed partial class RequestWriter
{
    private void WriteContent(IReadOnlyList<ContentBlock> content)
    {
        var textOnly = content.All(b => b is ContentBlock.Text);
        if (textOnly && (Call.Has(Quirk.StringContent) || (content.Count == 1 && !Marks(content[0]))))
        {
            foreach (var block in content)
                NoteCache(block);
            Json.WriteText(
                "content"u8, content is [ContentBlock.Text only] ? only.Value : string.Join("\n\n", content.Cast<ContentBlock.Text>().Select(t => t.Value)));
            return;
        }

        Json.WriteStartArray("content"u8);
        foreach (var block in content)
            WritePart(block);
        Json.WriteEndArray();
    }

    private void WritePart(ContentBlock block)
    {
        switch (block)
        {
            case var _ when BlockText.Of(block) is { } text:
                WriteTextPart(text, block);
                break;
            case ContentBlock.Image image:
                WriteImage(image);
                break;
            case ContentBlock.Document { Source: MediaSource.Blocks blocks }:
                foreach (var inner in blocks.Content)
                    WritePart(inner);
                break;
            case ContentBlock.Document document:
                WriteDocument(document);
                break;
            default:
                throw new InvalidOperationException($"A {block.GetType().Name} block is not content of a message.");
        }
    }

    private void WriteTextPart(RequestText text, ContentBlock block)
    {
        Json.WriteStartObject();
        Json.WriteString("type"u8, "text"u8);
        Json.WriteText("text"u8, text);
        WriteMark(block);
        Json.WriteEndObject();
    }

    private bool Marks(ContentBlock block) =>
        block.Cache is not null && ((Call.Has(Quirk.PromptCacheBreakpoints) && Call.Allows("prompt_cache_breakpoint"))
            || (Call.Has(Quirk.CacheControl) && Call.Allows("cache_control")));

    /// <summary>A cache mark, in the provider's own way where it has one (rules E75, E106).</summary>
    private void WriteMark(ContentBlock block)
    {
        if (!Marks(block))
        {
            NoteCache(block);
            return;
        }

        var hour = block.Cache!.Ttl == "1h";
        if (Call.Has(Quirk.CacheControl) && Call.Allows("cache_control"))
        {
            Json.WriteStartObject("cache_control"u8);
            Json.WriteString("type"u8, "ephemeral"u8);
            if (hour && !Call.Has(Quirk.CacheWithoutTtl))
                Json.WriteString("ttl"u8, "1h"u8);
            else if (hour)
                Dropped.Add("cache_control.ttl");
            Json.WriteEndObject();
            return;
        }

        // The shortest lifetime that is at least the one asked for.
        Json.WriteStartObject("prompt_cache_breakpoint"u8);
        Json.WriteString("mode"u8, "explicit"u8);
        Json.WriteString("ttl"u8, hour ? "12h"u8 : "30m"u8);
        Json.WriteEndObject();
    }

    private void WriteImage(ContentBlock.Image image)
    {
        CheckReadsImages(image);
        Json.WriteStartObject();
        Json.WriteString("type"u8, "image_url"u8);
        Json.WriteStartObject("image_url"u8);
        Json.WritePropertyName("url"u8);
        WriteImageUrl(image);
        Json.WriteEndObject();
        WriteMark(image);
        Json.WriteEndObject();
    }

    /// <summary>A PDF; a provider that can't read one refuses by name (rule E104).</summary>
    private void WriteDocument(ContentBlock.Document document)
    {
        if ((!Call.Has(Quirk.FileParts) && !Call.Has(Quirk.DocumentUrlParts)) || Call.Model?.Capabilities?.Pdf == false)
            throw NoDocument(document);
        if (document.Context is not null)
            WriteTextPart(document.Context, document with { Cache = null });
        Json.WriteStartObject();
        if (Call.Has(Quirk.DocumentUrlParts))
            WriteDocumentUrl(document);
        else
            WriteFile(document);
        WriteMark(document);
        Json.WriteEndObject();
    }

    private void WriteDocumentUrl(ContentBlock.Document document)
    {
        Json.WriteString("type"u8, "document_url"u8);
        Json.WriteString("document_name"u8, FileName(document));
        Json.WritePropertyName("document_url"u8);
        if (document.Source is MediaSource.Base64 inline)
            Json.WriteBase64($"data:{inline.MediaType};base64,", inline);
        else if (document.Source is MediaSource.Url url)
            Json.WriteStringValue(url.Address);
        else
            throw NoDocument(document);
    }

    private void WriteFile(ContentBlock.Document document)
    {
        Json.WriteString("type"u8, "file"u8);
        Json.WriteStartObject("file"u8);
        Json.WriteString("filename"u8, FileName(document));
        Json.WritePropertyName("file_data"u8);
        if (document.Source is MediaSource.Base64 inline)
            Json.WriteBase64($"data:{inline.MediaType};base64,", inline);
        else if (document.Source is MediaSource.Url url && Call.Has(Quirk.FileUrls))
            Json.WriteStringValue(url.Address);
        else
            throw NotFetched(document.Path, "documents");
        Json.WriteEndObject();
    }
}
