using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.AdminConsole.Shared;

/// <summary>JSON as people read it.</summary>
internal static class IndentedJson
{
    // What stands in it is text of a page, which is escaped there.
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What is no JSON stays as it is.</summary>
    public static string Of(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            using var text = new MemoryStream();
            using (var writer = new Utf8JsonWriter(text, Options))
                document.RootElement.WriteTo(writer);
            return Encoding.UTF8.GetString(text.GetBuffer().AsSpan(0, (int)text.Length));
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetString(json.Span);
        }
    }
}
