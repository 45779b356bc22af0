using Gateway.Contracts.Errors;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.Gemini;

internal sealed partial class RequestWriter
{
    private void WritePart(ContentBlock block)
    {
        NoteCache(block);
        switch (block)
        {
            case var _ when BlockText.Of(block) is { } text:
                WriteText(text);
                break;
            case ContentBlock.Image image:
                CheckReadsImages(image);
                WriteMedia(image.Path, image.Source, MediaType);
                break;
            case ContentBlock.Document { Source: MediaSource.Blocks blocks }:
                foreach (var inner in blocks.Content)
                    WritePart(inner);
                break;
            case ContentBlock.Document document:
                if (Call.Model?.Capabilities?.Pdf == false)
                    throw NoDocument(document);
                // A part has no name of its own.
                if (document.Title is not null || document.Context is not null)
                    WriteText(string.Join("\n\n", new[] { document.Title, document.Context }.OfType<string>()));
                WriteMedia(document.Path, document.Source, static _ => "application/pdf");
                break;
            default:
                throw new InvalidOperationException($"A {block.GetType().Name} block is not content of a message.");
        }
    }

    private void WriteText(RequestText text)
    {
        Json.WriteStartObject();
        Json.WriteText("text"u8, text);
        Json.WriteEndObject();
    }

    /// <summary>Inline data, or an address that Gemini fetches itself. https://ai.google.dev/gemini-api/docs/file-input-methods</summary>
    private void WriteMedia(Place path, MediaSource source, Func<string, string?> typeOf)
    {
        Json.WriteStartObject();
        switch (source)
        {
            case MediaSource.Base64 inline:
                Json.WriteStartObject("inlineData"u8);
                Json.WriteString("mimeType"u8, inline.MediaType);
                Json.WritePropertyName("data"u8);
                Json.WriteBase64("", inline);
                Json.WriteEndObject();
                break;
            case MediaSource.Url url when !Call.Has(Quirk.NoImageUrls):
                Json.WriteStartObject("fileData"u8);
                if (typeOf(url.Address) is { } type)
                    Json.WriteString("mimeType"u8, type);
                Json.WriteString("fileUri"u8, url.Address);
                Json.WriteEndObject();
                break;
            case MediaSource.Url:
                throw GatewayException.Invalid($"{path}.source: this provider fetches nothing. Send the content as base64");
            default:
                throw NoSuchSource(path);
        }

        Json.WriteEndObject();
    }

    /// <summary>Null where the address does not tell; then Gemini finds out.</summary>
    private static string? MediaType(string address)
    {
        var path = address.AsSpan();
        if (path.IndexOfAny('?', '#') is var end and >= 0)
            path = path[..end];
        var dot = path.LastIndexOf('.');
        return dot < 0 ? null : path[(dot + 1)..].ToString().ToLowerInvariant() switch
        {
            "png" => "image/png",
            "jpg" or "jpeg" => "image/jpeg",
            "webp" => "image/webp",
            "gif" => "image/gif",
            _ => null,
        };
    }
}
