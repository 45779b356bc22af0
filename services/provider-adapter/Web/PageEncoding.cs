using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.ProviderAdapter.Web;

/// <summary>The text of a page's bytes: by its mark, its header, what an HTML page says of itself, else as UTF-8.</summary>
internal static partial class PageEncoding
{
    /// <summary>
    /// How far into a page its own word is looked for.
    /// https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding
    /// </summary>
    private const int Prescan = 1024;

    static PageEncoding() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public static string Decode(ReadOnlySpan<byte> bytes, string? charset, bool isHtml)
    {
        var (encoding, mark) = Marked(bytes);
        encoding ??= Find(charset) ?? (isHtml ? Find(Declared(bytes[..Math.Min(Prescan, bytes.Length)])) : null) ?? Encoding.UTF8;
        return encoding.GetString(bytes[mark..]);
    }

    private static (Encoding? Encoding, int Length) Marked(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, 3),
        [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
        [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),
        _ => (null, 0),
    };

    private static string? Declared(ReadOnlySpan<byte> head) =>
        Charset().Match(Encoding.Latin1.GetString(head)) is { Success: true } match ? match.Groups[1].Value : null;

    private static Encoding? Find(string? name)
    {
        try
        {
            return string.IsNullOrWhiteSpace(name) ? null : Encoding.GetEncoding(name.Trim().Trim('"', '\''));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    [GeneratedRegex("""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.\-]{1,40})""", RegexOptions.IgnoreCase)]
    private static partial Regex Charset();
}
