namespace Gateway.ProviderAdapter.Web;

/// <summary>
/// Which addresses a web tool may use. A domain stands for itself and all below it; with a path, for what begins so, a star in it for anything.
/// https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool
/// </summary>
internal sealed class DomainFilter(IReadOnlyList<string>? allowed, IReadOnlyList<string>? blocked)
{
    public bool Allows(Uri url) => (allowed is not { Count: > 0 } || allowed.Any(d => Fits(d, url))) && blocked?.Any(d => Fits(d, url)) != true;

    private static bool Fits(string domain, Uri url)
    {
        var slash = domain.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? domain : domain[..slash];
        if (!url.IdnHost.Equals(host, StringComparison.OrdinalIgnoreCase) && !url.IdnHost.EndsWith($".{host}", StringComparison.OrdinalIgnoreCase))
            return false;
        if (slash < 0)
            return true;
        var path = url.AbsolutePath;
        if (domain[slash..].Split('*', 2) is not [var begin, var end])
            return path.StartsWith(domain[slash..], StringComparison.Ordinal);
        return path.StartsWith(begin, StringComparison.Ordinal) && path.IndexOf(end, begin.Length, StringComparison.Ordinal) >= 0;
    }
}
