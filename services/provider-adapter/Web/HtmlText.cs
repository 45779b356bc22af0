using System.Net;
using System.Text;

namespace Gateway.ProviderAdapter.Web;

/// <summary>
/// The text of an HTML page as a model reads it: headings, lists, links and code marked as in Markdown, without scripts, styles and forms. It
/// reads tags as they come, in one pass, and takes whatever is not well formed as it is.
/// </summary>
internal sealed class HtmlText
{
    private const int MaxTag = 16 * 1024;
    private const int MaxHref = 2_000;

    /// <summary>Elements whose content is no text.</summary>
    private static readonly HashSet<string> Skipped = new(StringComparer.OrdinalIgnoreCase)
    {
        "script", "style", "template", "svg", "iframe", "noscript", "object", "select", "math", "canvas",
    };

    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "address", "article", "aside", "blockquote", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header",
        "hr", "main", "nav", "ol", "p", "section", "summary", "table", "tr", "ul",
    };

    private readonly Uri _base;
    private readonly int _most;
    private readonly StringBuilder _text = new();
    private string? _title;
    private string? _href;
    private int _linkStart;
    private bool _preformatted, _space;

    private HtmlText(Uri page, int most) => (_base, _most) = (page, most);

    /// <param name="most">The length of the text, in characters.</param>
    public static (string? Title, string Text) Read(string html, Uri page, int most)
    {
        var reader = new HtmlText(page, most);
        reader.Read(html);
        return (reader._title, WebSearch.Cut(reader._text.ToString().Trim(), most));
    }

    private void Read(string html)
    {
        var at = 0;
        while (at < html.Length && _text.Length < _most)
        {
            var open = html.IndexOf('<', at);
            if (open < 0)
                open = html.Length;
            Append(html.AsSpan(at, open - at));
            at = open == html.Length ? open : Tag(html, open);
        }
    }

    /// <returns>Where the text goes on.</returns>
    private int Tag(string html, int open)
    {
        if (string.CompareOrdinal(html, open, "<!--", 0, 4) == 0)
            return After(html, "-->", open + 4);
        if (open + 1 == html.Length || !(char.IsAsciiLetter(html[open + 1]) || html[open + 1] is '/' or '!' or '?'))
        {
            Append("<");
            return open + 1;
        }

        var close = EndOfTag(html, open);
        var tag = html.AsSpan(open + 1, close - open - 1);
        var ends = tag.StartsWith("/");
        if (ends)
            tag = tag[1..];
        var length = tag.IndexOfAnyExcept(NameCharacters);
        var name = (length < 0 ? tag : tag[..length]).ToString().ToLowerInvariant();
        var next = Math.Min(close + 1, html.Length);
        if (!ends && Skipped.Contains(name) && !tag.EndsWith("/"))
            return After(html, $"</{name}", next) is var end && end < html.Length ? Math.Min(EndOfTag(html, end - 1) + 1, html.Length) : html.Length;
        if (!ends && name == "title")
        {
            var end = html.IndexOf("</title", next, StringComparison.OrdinalIgnoreCase);
            end = end < 0 ? next : end;
            var title = string.Join(' ', WebUtility.HtmlDecode(html[next..end]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            _title ??= title.Length > 0 ? title : null;
            return end;
        }

        Element(name, ends, length < 0 ? default : tag[length..]);
        return next;
    }

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:!?");

    private void Element(string name, bool ends, ReadOnlySpan<char> attributes)
    {
        switch (name)
        {
            case ['h', >= '1' and <= '6' and var level]:
                Break(2);
                if (!ends)
                    Mark(new string('#', level - '0') + " ");
                break;
            case "li":
                Break(1);
                if (!ends)
                    Mark("- ");
                break;
            case "br":
                Break(1);
                break;
            case "pre":
                Break(2);
                Mark("```");
                Break(ends ? 2 : 1);
                _preformatted = !ends;
                break;
            case "td" or "th":
                if (ends)
                    Mark(" | ");
                break;
            case "a" when !ends:
                CloseLink();
                _href = Address(attributes);
                if (_href is not null)
                {
                    Flush();
                    _linkStart = _text.Length;
                }

                break;
            case "a":
                CloseLink();
                break;
            case "img" when Attribute(attributes, "alt") is { Length: > 0 } alt:
                Append(alt);
                break;
            case var _ when Blocks.Contains(name):
                Break(name is "p" or "table" or "ul" or "ol" or "blockquote" ? 2 : 1);
                break;
        }
    }

    private void CloseLink()
    {
        if (_href is not { } href)
            return;
        _href = null;
        // One that says nothing, such as a picture without words, leads nowhere worth a line.
        if (_text.Length <= _linkStart || string.IsNullOrWhiteSpace(_text.ToString(_linkStart, _text.Length - _linkStart)))
            return;
        _text.Insert(_linkStart, '[').Append("](").Append(href).Append(')');
    }

    private string? Address(ReadOnlySpan<char> attributes) =>
        Attribute(attributes, "href") is { Length: > 0 and <= MaxHref } href && !href.StartsWith('#') && Uri.TryCreate(_base, href, out var url)
            && url.Scheme is "http" or "https"
            ? url.AbsoluteUri
            : null;

    /// <summary>The first attribute of this name; null where there is none.</summary>
    private static string? Attribute(ReadOnlySpan<char> attributes, string name)
    {
        while (attributes.Length > 0)
        {
            attributes = attributes.TrimStart(" \t\r\n/");
            var end = attributes.IndexOfAny(" \t\r\n=");
            var found = end < 0 ? attributes : attributes[..end];
            var rest = end < 0 ? default : attributes[end..].TrimStart();
            if (!rest.StartsWith("="))
            {
                attributes = found.Length == 0 ? default : rest;
                continue;
            }

            rest = rest[1..].TrimStart();
            ReadOnlySpan<char> value;
            if (rest.Length > 0 && rest[0] is '"' or '\'')
            {
                var close = rest[1..].IndexOf(rest[0]);
                value = close < 0 ? rest[1..] : rest.Slice(1, close);
                attributes = close < 0 ? default : rest[(close + 2)..];
            }
            else
            {
                var close = rest.IndexOfAny(" \t\r\n");
                value = close < 0 ? rest : rest[..close];
                attributes = close < 0 ? default : rest[close..];
            }

            if (found.Equals(name, StringComparison.OrdinalIgnoreCase))
                return WebUtility.HtmlDecode(value.ToString()).Trim();
        }

        return null;
    }

    private void Append(ReadOnlySpan<char> raw)
    {
        if (raw.Length == 0)
            return;
        var text = raw.Contains('&') ? WebUtility.HtmlDecode(raw.ToString()) : raw;
        if (_preformatted)
        {
            Flush();
            _text.Append(text);
            return;
        }

        foreach (var c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                _space = true;
                continue;
            }

            Flush();
            _text.Append(c);
        }
    }

    /// <summary>What is no text of the page's, but of its form.</summary>
    private void Mark(string text)
    {
        _space = false;
        _text.Append(text);
    }

    /// <summary>White space between two words is one blank, and none at the beginning of a line.</summary>
    private void Flush()
    {
        if (_space && _text.Length > 0 && _text[^1] is not ('\n' or ' '))
            _text.Append(' ');
        _space = false;
    }

    /// <summary>As many line ends as are asked for, with those that are there.</summary>
    private void Break(int lines)
    {
        _space = false;
        if (_text.Length == 0)
            return;
        var there = 0;
        while (there < lines && _text.Length > there && _text[^(there + 1)] == '\n')
            there++;
        _text.Append('\n', lines - there);
    }

    /// <summary>Where a tag ends; a mark within quotes does not end it.</summary>
    private static int EndOfTag(string html, int open)
    {
        var quote = '\0';
        var last = Math.Min(html.Length, open + MaxTag);
        for (var i = open + 1; i < last; i++)
        {
            var c = html[i];
            if (quote != '\0')
                quote = c == quote ? '\0' : quote;
            else if (c == '>')
                return i;
            else if (c is '"' or '\'' && html[i - 1] is '=' or ' ')
                quote = c;
        }

        // No tag is that long: a quote in it was none.
        var close = html.IndexOf('>', open);
        return close < 0 ? html.Length : close;
    }

    private static int After(string html, string what, int from)
    {
        var at = html.IndexOf(what, from, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? html.Length : at + what.Length;
    }
}
