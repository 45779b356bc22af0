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

    /// <summary>
    /// What System.Text.Json throws where it has to read a text that has half of a character: a <c>\u</c> escape from d800 to dfff without its
    /// other half. JSON's grammar allows it, no string can hold it.
    /// </summary>
    public static bool IsHalfCharacter(Exception e) => e is InvalidOperationException { Source: "System.Text.Json.Rethrowable" };

    public static JsonWriterOptions WriterOptions { get; } =
        new() { MaxDepth = MaxDepth, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
