using Gateway.Hosting;

namespace Gateway.ProviderAdapter.Web;

/// <summary>What sites tell robots, kept for an hour. https://www.rfc-editor.org/rfc/rfc9309</summary>
internal sealed class Robots(string agent, TimeProvider time)
{
    /// <summary>The least that a robot has to read.</summary>
    public const int MaxBytes = 500 * 1024;

    /// <summary>Few, since a site may make a model read the longest there is.</summary>
    private const int MaxSites = 100;

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ExpiringMap<string, RobotsRules> _sites = new(time, MaxSites);

    public TimeProvider Time { get; } = time;

    /// <param name="read">The site's robots.txt; null where it has none. A failure is the page's.</param>
    public async ValueTask<bool> AllowAsync(Uri url, Func<Uri, CancellationToken, Task<string?>> read, CancellationToken cancellationToken)
    {
        var site = url.GetLeftPart(UriPartial.Authority);
        if (!_sites.TryGet(site, out var rules))
        {
            rules = RobotsRules.Parse(await read(new Uri(site), cancellationToken) ?? "", agent);
            _sites.Set(site, rules, Lifetime);
        }

        return rules.Allow(url.PathAndQuery);
    }
}
