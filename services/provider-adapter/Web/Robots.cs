using System.Collections.Concurrent;

namespace Gateway.ProviderAdapter.Web;

/// <summary>What sites tell robots, kept for an hour. https://www.rfc-editor.org/rfc/rfc9309</summary>
internal sealed class Robots(string agent, TimeProvider time)
{
    /// <summary>The least that a robot has to read.</summary>
    public const int MaxBytes = 500 * 1024;

    private const int MaxSites = 1_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, (RobotsRules Rules, DateTimeOffset Until)> _sites = new(StringComparer.Ordinal);

    public TimeProvider Time => time;

    /// <param name="read">The site's robots.txt; null where it has none. A failure is the page's.</param>
    public async ValueTask<bool> AllowAsync(Uri url, Func<Uri, CancellationToken, Task<string?>> read, CancellationToken cancellationToken)
    {
        var site = url.GetLeftPart(UriPartial.Authority);
        var now = time.GetUtcNow();
        if (!_sites.TryGetValue(site, out var known) || known.Until <= now)
        {
            known = (RobotsRules.Parse(await read(new Uri(site), cancellationToken) ?? "", agent), now + Lifetime);
            if (_sites.Count >= MaxSites)
                _sites.Clear();
            _sites[site] = known;
        }

        return known.Rules.Allow(url.PathAndQuery);
    }
}
