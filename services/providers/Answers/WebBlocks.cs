using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Contracts.Web;
using Gateway.Providers.Text;

namespace Gateway.Providers.Answers;

/// <summary>
/// Anthropic's blocks of what web tools have brought. What it encrypts, so that its clients can hand it back unread, is here the excerpt itself,
/// marked as ours: a later turn is given it again, and no text of this gateway's is ever sent to Anthropic as its own.
/// </summary>
public static class WebBlocks
{
    public static byte[] OfSearch(string toolUseId, WebSearchAnswer answer) => Write("web_search_tool_result", toolUseId, answer.Error, json =>
    {
        json.WriteStartArray("content"u8);
        foreach (var result in answer.Results)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "web_search_result"u8);
            json.WriteString("url"u8, result.Url);
            json.WriteString("title"u8, result.Title);
            json.WriteString("encrypted_content"u8, MintedThinking.ResultPrefix + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(result.Text)));
            json.WriteString("page_age"u8, result.PageAge);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public static byte[] OfFetch(string toolUseId, WebFetchAnswer answer) => Write("web_fetch_tool_result", toolUseId, answer.Error, json =>
    {
        json.WriteStartObject("content"u8);
        json.WriteString("type"u8, "web_fetch_result"u8);
        json.WriteString("url"u8, answer.Url);
        json.WriteString("retrieved_at"u8, answer.RetrievedAt?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null));
        json.WriteStartObject("content"u8);
        json.WriteString("type"u8, "document"u8);
        json.WriteString("title"u8, answer.Title);
        json.WriteNull("citations"u8);
        json.WriteStartObject("source"u8);
        json.WriteString("type"u8, answer.Pdf is null ? "text"u8 : "base64"u8);
        json.WriteString("media_type"u8, answer.Pdf is null ? "text/plain"u8 : "application/pdf"u8);
        json.WriteString("data"u8, answer.Pdf ?? answer.Text);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>What one call has to be given, as JSON.</summary>
    public static byte[] Input(string name, string value)
    {
        var buffer = new ArrayBufferWriter<byte>(value.Length + 32);
        using (var json = new Utf8JsonWriter(buffer, GatewayJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString(name, value);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The excerpt behind <c>encrypted_content</c>; null for one that Anthropic has encrypted.</summary>
    internal static string? TextOf(JsonElement encrypted)
    {
        if (encrypted.ValueKind != JsonValueKind.String)
            return null;
        var text = JsonText.Read(encrypted);
        return text.StartsWith(MintedThinking.ResultPrefix, StringComparison.Ordinal) && Base64Url.IsValid(text.AsSpan(MintedThinking.ResultPrefix.Length))
            ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text.AsSpan(MintedThinking.ResultPrefix.Length)))
            : null;
    }

    private static byte[] Write(string type, string toolUseId, string? error, Action<Utf8JsonWriter> writeContent)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, GatewayJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, type);
            json.WriteString("tool_use_id"u8, toolUseId);
            MessageJson.WriteCaller(json);
            if (error is null)
            {
                writeContent(json);
            }
            else
            {
                json.WriteStartObject("content"u8);
                json.WriteString("type"u8, $"{type}_error");
                json.WriteString("error_code"u8, error);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
