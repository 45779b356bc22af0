using System.Text;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>
/// The path an app gets: decoded once, cleaned (doubled slashes merged, dot segments resolved, trailing slash dropped), and written again the way
/// Go's URL writes it.
/// </summary>
internal static class MethodPath
{
    /// <param name="raw">The method part as it came, with or without its leading slash, without the query.</param>
    /// <exception cref="SidecarFault">It holds a character that would start a query or a fragment.</exception>
    public static string Normalize(string appId, string raw)
    {
        if (IsPlain(raw))
            return raw is ['/', ..] ? raw : "/" + raw;
        var decoded = Unescape(raw) ?? throw SidecarFault.Invoke(appId, $"invalid URL escape in \"{raw}\"");
        var cleaned = Clean(decoded);
        if (cleaned.AsSpan().IndexOfAny('?', '#') >= 0)
        {
            throw SidecarFault.Invoke(
                appId, $"rpc error: code = InvalidArgument desc = invalid method: method contains forbidden character: \"{cleaned[1..]}\"");
        }

        if (cleaned.All(c => IsValidEncoded(c) || c == '%') && Unescape(cleaned) is not null)
            return cleaned;
        var text = Unescape(cleaned) ?? throw SidecarFault.Invoke(appId, $"parse \"{cleaned}\": invalid URL escape");
        return Escape(text);
    }

    /// <summary>Nothing to decode, merge or escape, which is nearly always so.</summary>
    internal static bool IsPlain(string raw)
    {
        var previous = '/';
        for (var i = raw is ['/', ..] ? 1 : 0; i < raw.Length; i++)
        {
            var c = raw[i];
            if (c == '%' || !IsValidEncoded(c) || (previous == '/' && c is '/' or '.'))
                return false;
            previous = c;
        }

        return previous != '/' || raw.Length <= 1;
    }

    private static string Clean(string path)
    {
        var kept = new List<string>();
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == "..")
            {
                if (kept.Count > 0)
                    kept.RemoveAt(kept.Count - 1);
            }
            else if (segment != ".")
            {
                kept.Add(segment);
            }
        }

        return "/" + string.Join('/', kept);
    }

    private static bool IsValidEncoded(char c) =>
        char.IsAsciiLetterOrDigit(c)
            || c is '-' or '_' or '.' or '~' or '/' or '!' or '$' or '&' or '\'' or '(' or ')' or '*' or '+' or ',' or ';' or '=' or ':' or '@' or '[' or ']';

    // Latin-1 characters stand for bytes throughout, so that text which is not UTF-8 survives too.
    private static string? Unescape(string text)
    {
        var bytes = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                bytes.Append(text[i]);
                continue;
            }

            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                return null;
            bytes.Append((char)((Convert.FromHexString(text.AsSpan(i + 1, 2)))[0]));
            i += 2;
        }

        return bytes.ToString();
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~' or '/' or '$' or '&' or '+' or ',' or ':' or ';' or '=' or '@')
                escaped.Append(c);
            else
                escaped.Append('%').Append(((int)c).ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return escaped.ToString();
    }
}
