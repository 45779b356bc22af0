using System.Text;
using Gateway.Contracts.Web;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

public static partial class RequestParser
{
    private const int MaxDomains = 100;

    private static readonly RawValue SearchSchema = new(Encoding.UTF8.GetBytes(
        """{"type":"object","properties":{"query":{"type":"string","description":"What to search for."}},"required":["query"]}"""));

    private static readonly RawValue FetchSchema = new(Encoding.UTF8.GetBytes(
        """{"type":"object","properties":{"url":{"type":"string","description":"The address, with http or https."}},"required":["url"]}"""));

    /// <summary>
    /// Null for a type that is no web tool. Who runs it is decided later; as a function it has the parameters of Anthropic's own.
    /// https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool
    /// </summary>
    private static Tool? WebToolOf(string type, Field field, DroppedFields dropped)
    {
        var search = type.StartsWith("web_search_2", StringComparison.Ordinal);
        if (!search && !type.StartsWith("web_fetch_2", StringComparison.Ordinal))
            return null;
        var name = search ? WebTool.SearchName : WebTool.FetchName;
        if (field["name"].String() != name)
            throw field["name"].Wrong($"'{name}'");
        DropOthers(
            field, "tools", dropped, "type", "name", "cache_control", "defer_loading", "max_uses", "allowed_domains", "blocked_domains", "strict",
            search ? "user_location" : "max_content_tokens");
        var (allowed, blocked) = (Domains(field["allowed_domains"]), Domains(field["blocked_domains"]));
        if (allowed.Count > 0 && blocked.Count > 0)
            throw field["blocked_domains"].Error("give allowed_domains or blocked_domains, not both");
        var web = new WebTool(
            search ? WebToolKind.Search : WebToolKind.Fetch, type, field["type"].Path, Positive(field["max_uses"]), allowed, blocked,
            search ? Location(field["user_location"], dropped) : null, search ? null : Positive(field["max_content_tokens"]));
        return search
            ? new Tool(
                name, "Searches the web. Brings titles, addresses and excerpts of pages. Say in the answer which pages it rests on.", SearchSchema,
                false, Cache(field, dropped))
            { Web = web }
            : new Tool(
                name, "Reads a page of the web, or a PDF. Its address must have been given before: by the user, or by a search or a page.", FetchSchema,
                false, Cache(field, dropped))
            { Web = web };
    }

    private static int? Positive(Field field) =>
        field.IntOrNull() is not { } number ? null : number > 0 ? number : throw field.Error("Input should be greater than 0");

    /// <summary>Hosts without a scheme, with those below them, and a path if wanted; a star only in the path.</summary>
    private static List<string> Domains(Field field)
    {
        var domains = new List<string>();
        if (field.IsAbsent)
            return domains;
        foreach (var item in field.Items())
        {
            var domain = item.String();
            var slash = domain.IndexOf('/', StringComparison.Ordinal);
            var host = slash < 0 ? domain : domain[..slash];
            if (domain.Contains("://", StringComparison.Ordinal) || Uri.CheckHostName(host) is not UriHostNameType.Dns || domain.Count(c => c == '*') > 1)
                throw item.Error("Input should be a domain without a scheme, such as example.com or example.com/blog");
            domains.Add(domain);
        }

        return domains.Count <= MaxDomains ? domains : throw field.Error($"at most {MaxDomains} domains");
    }

    private static WebLocation? Location(Field field, DroppedFields dropped)
    {
        if (field.IsAbsent)
            return null;
        if (field.Object()["type"].String() != "approximate")
            throw field["type"].Wrong("'approximate'");
        DropOthers(field, "tools.user_location", dropped, "type", "city", "region", "country", "timezone");
        return new WebLocation(
            field["city"].StringOrNull(), field["region"].StringOrNull(), field["country"].StringOrNull(), field["timezone"].StringOrNull());
    }
}
