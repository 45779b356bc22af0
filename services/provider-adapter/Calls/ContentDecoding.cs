using System.IO.Compression;
using Gateway.Contracts.Errors;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>
/// Takes a compression off an answer that came although none was asked for (rule E136). The handler's own decompression is not used
/// because it asks for one.
/// </summary>
internal static class ContentDecoding
{
    public static Stream Decode(HttpResponseMessage response, Stream body, string provider)
    {
        if (!response.Content.Headers.NonValidated.TryGetValues("Content-Encoding", out var values))
            return body;
        var encoding = values.ToString().Trim();
        return encoding.ToLowerInvariant() switch
        {
            "" or "identity" => body,
            "gzip" or "x-gzip" => new GZipStream(body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(body, CompressionMode.Decompress),
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            _ => throw new ProviderFailure(
                ErrorKind.ProviderProtocol,
                $"Provider '{provider}' answered in {Name(encoding)}, which was not asked for and cannot be decoded."),
        };
    }

    /// <summary>Names of encodings are short words; whatever else stands there is no text to pass on.</summary>
    private static string Name(string encoding) =>
        encoding.Length <= 32 && encoding.All(static c => char.IsAsciiLetter(c) || c is ',' or ' ' or '-')
            ? $"the content encoding '{encoding}'"
            : "an unknown content encoding";

    /// <summary>Some providers compress and do not say so; such bytes must not reach a client as text.</summary>
    public static void RefuseUndeclared(ReadOnlySpan<byte> start, string provider)
    {
        ReadOnlySpan<byte> gzip = [0x1F, 0x8B], zstandard = [0x28, 0xB5, 0x2F, 0xFD];
        if (start.StartsWith(gzip) || start.StartsWith(zstandard))
            throw new ProviderFailure(ErrorKind.ProviderProtocol, $"Provider '{provider}' sent a compressed answer without saying how it is compressed.");
    }
}
