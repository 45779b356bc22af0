using System.Net;

namespace Gateway.Contracts.Catalog;

/// <summary>Finds the mistakes of what the catalog says of the gateway's own web tools.</summary>
internal static class WebEntryValidator
{
    public static void Check(CatalogFile file, List<string> mistakes)
    {
        if (file.Search is { } search)
            Check(search, mistakes);
        if (file.Fetch is { } fetch)
            Check(fetch, mistakes);
    }

    private static void Check(SearchEntry search, List<string> mistakes)
    {
        if (!SearchEntry.Services.Contains(search.Service))
            mistakes.Add($"search.service: '{search.Service}' is unknown; one of {string.Join(", ", SearchEntry.Services)}");
        if (search.BaseUrl is null
            ? search.Service == SearchEntry.SearXng
            : !(Uri.TryCreate(search.BaseUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query.Length == 0))
            mistakes.Add($"search.baseUrl: '{search.BaseUrl}' is not an absolute http or https URL without a query");
        if (search.Service is SearchEntry.Brave or SearchEntry.Tavily && search.Secret is null)
            mistakes.Add($"search.secret: {search.Service} needs a credential; give its name in the secret store");
        CatalogValidator.CheckProxy("search", search.Proxy, mistakes);
        if (search.Results is < 1 or > 20)
            mistakes.Add("search.results: must be from 1 to 20");
        if (search.TimeoutMs is < 100 or > 60_000)
            mistakes.Add("search.timeoutMs: must be from 100 to 60000");
        if (search.Price is not { } price)
            return;
        CatalogValidator.CheckCurrency("search.price", price.Currency, mistakes);
        if (price.PerSearch < 0)
            mistakes.Add("search.price.perSearch: is negative");
    }

    private static void Check(FetchEntry fetch, List<string> mistakes)
    {
        CatalogValidator.CheckProxy("fetch", fetch.Proxy, mistakes);
        foreach (var network in fetch.Networks ?? [])
        {
            if (!IPNetwork.TryParse(network, out _))
                mistakes.Add($"fetch.networks: '{network}' is no network such as 10.20.0.0/16");
        }

        foreach (var domain in (fetch.AllowedDomains ?? []).Concat(fetch.BlockedDomains ?? []))
        {
            if (Uri.CheckHostName(domain) == UriHostNameType.Unknown)
                mistakes.Add($"fetch: '{domain}' is no domain such as docs.example.com");
        }

        if (fetch.Ports.Count == 0 || fetch.Ports.Any(p => p is < 1 or > 65535))
            mistakes.Add("fetch.ports: at least one port from 1 to 65535 is needed");
        if (fetch.Agent.Length is 0 or > 200 || fetch.Agent.Any(c => c is < ' ' or > '~'))
            mistakes.Add("fetch.agent: must be 1 to 200 printable ASCII characters");
        if (fetch.MaxBytes is < 1024 or > 32 * 1024 * 1024)
            mistakes.Add("fetch.maxBytes: must be from 1024 to 33554432");
        if (fetch.TimeoutMs is < 100 or > 120_000)
            mistakes.Add("fetch.timeoutMs: must be from 100 to 120000");
    }
}
