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
                if (_call.Model?.Capabilities?.Images == false)
                    throw GatewayException.Invalid($"{image.Path}: this model can't read images");
                WriteMedia(image.Path, image.Source, MediaType);
                break;
            case ContentBlock.Document { Source: MediaSource.Blocks blocks }:
                foreach (var inner in blocks.Content)
                    WritePart(inner);
                break;
            case ContentBlock.Document document:
                if (_call.Model?.Capabilities?.Pdf == false)
                    throw GatewayException.Invalid($"{document.Path}: this model can't read PDF documents. Send the text of the document instead");
                // A part has no name of its own.
                if (document.Title is not null || document.Context is not null)
                    WriteText(string.Join("\n\n", new[] { document.Title, document.Context }.OfType<string>()));
                WriteMedia(document.Path, document.Source, static _ => "application/pdf");
                break;
            default:
                throw new InvalidOperationException($"A {block.GetType().Name} block is not content of a message.");
        }
    }

    private void WriteText(string text)
    {
        _json.WriteStartObject();
        _json.WriteString("text"u8, text);
        _json.WriteEndObject();
    }

    /// <summary>Inline data, or an address that Gemini fetches itself. https://ai.google.dev/gemini-api/docs/file-input-methods</summary>
    private void WriteMedia(string path, MediaSource source, Func<string, string?> typeOf)
    {
        _json.WriteStartObject();
        switch (source)
        {
            case MediaSource.Base64 inline:
                _json.WriteStartObject("inlineData"u8);
                _json.WriteString("mimeType"u8, inline.MediaType);
                _json.WritePropertyName("data"u8);
                _json.WriteBase64("", inline);
                _json.WriteEndObject();
                break;
            case MediaSource.Url url when !_call.Has(Quirk.NoImageUrls):
                _json.WriteStartObject("fileData"u8);
                if (typeOf(url.Address) is { } type)
                    _json.WriteString("mimeType"u8, type);
                _json.WriteString("fileUri"u8, url.Address);
                _json.WriteEndObject();
                break;
            case MediaSource.Url:
                throw GatewayException.Invalid($"{path}.source: this provider fetches nothing. Send the content as base64");
            default:
                throw GatewayException.Invalid($"{path}.source.type: Input should be 'base64' or 'url'");
        }

        _json.WriteEndObject();
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

    /// <summary>Gemini caches by itself and takes no marks (rule E75).</summary>
    private void NoteCache(ContentBlock block)
    {
        if (block.Cache is not null)
            Dropped.Add("cache_control");
    }
}
