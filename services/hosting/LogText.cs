using System.Globalization;
using System.Text;

namespace Gateway.Hosting;

/// <summary>Texts of others in our logs: one line, no control character that a terminal or a reader of logs would act on, and not too long.</summary>
public static class LogText
{
    public static string? Of(string? text, int most)
    {
        if (text is null)
            return null;
        return Escape(text.Length <= most ? text : string.Concat(text.AsSpan(0, most), "…"));
    }

    internal static string Escape(string text)
    {
        var at = text.AsSpan().IndexOfAnyInRange('\0', '\x1f');
        if (at < 0 && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f'))
            return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (char.IsControl(c))
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                escaped.Append(c);
        }

        return escaped.ToString();
    }
}
