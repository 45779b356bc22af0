using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Contracts.Json;

/// <summary>
/// Reader and writer settings for API bodies. The relaxed encoder leaves <c>é &lt; &amp; +</c> as they are;
/// the depth is far over the default 64, which real tool inputs exceed (rule E163).
/// </summary>
public static class GatewayJson
{
    public const int MaxDepth = 512;

    public static JsonReaderOptions ReaderOptions { get; } = new() { MaxDepth = MaxDepth };

    public static JsonDocumentOptions DocumentOptions { get; } = new() { MaxDepth = MaxDepth };

    public static JsonWriterOptions WriterOptions { get; } =
        new() { MaxDepth = MaxDepth, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
