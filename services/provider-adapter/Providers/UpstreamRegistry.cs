using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.ProviderAdapter.Clouds;
using Gateway.ProviderAdapter.Credentials;
using Gateway.ProviderAdapter.Demo;
using Gateway.Providers;
using Gateway.Providers.Dialects;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>
/// The catalog's providers with their connections. A URL is only ever the catalog's: requests name a provider, and nothing else.
/// A provider keeps its connections over a reload of the catalog that does not touch its entry.
/// </summary>
internal sealed class UpstreamRegistry(CatalogSource catalog, BreakerOptions breaker, SecretMask mask, CloudKeys clouds, TimeProvider time)
{
    private static readonly string[] SecretWords = ["auth", "key", "token", "secret", "password", "cookie"];

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <exception cref="GatewayException">The catalog in force has no such provider, or one that cannot be called.</exception>
    public Upstream Get(string name)
    {
        var entry = catalog.Current.FindProvider(name)
            ?? throw new GatewayException(ErrorKind.ServiceUnavailable, $"There is no provider '{name}' in the catalog.");
        if (_known.TryGetValue(name, out var known) && ReferenceEquals(known.Entry, entry))
            return known.Upstream;
        var written = JsonSerializer.Serialize(entry, CatalogJson.Default.ProviderEntry);
        // One that was replaced is left to the calls still running on it; its idle connections close by themselves.
        return _known.AddOrUpdate(
            name,
            _ => new Known(entry, written, Create(name, entry)),
            (_, old) => old.Written == written ? old with { Entry = entry } : new Known(entry, written, Create(name, entry))).Upstream;
    }

    /// <summary>Those that have been called since the start.</summary>
    public IEnumerable<Upstream> Called => _known.Values.Select(k => k.Upstream);

    private Upstream Create(string name, ProviderEntry entry)
    {
        // Some are written into the headers of the catalog.
        foreach (var (header, value) in entry.Headers ?? FrozenDictionary<string, string>.Empty)
        {
            if (MayBeSecret(header))
                mask.Learn(value[(value.LastIndexOf(' ') + 1)..]);
        }

        if (Connections.ProxyPassword(entry.Proxy) is { } password)
            mask.Learn(password);

        var breakers = new Breakers(breaker, time);
        if (entry.Dialect == DialectNames.Demo)
        {
            var dialect = KnownDialects.Find(DialectNames.Anthropic)!;
            var demo = new ProviderProfile(name, dialect, default, dialect.Credentials, DemoHandler.BaseUrl);
            return new Upstream(demo, entry, breakers, clouds, time, new DemoHandler(time));
        }

        var profile = ProviderDescriptors.Resolve(name, entry);
        return profile?.BaseUrl is null
            ? throw new GatewayException(
                ErrorKind.ServiceUnavailable, $"Provider '{name}' cannot be called: the dialect '{entry.Dialect}' is not supported, or no baseUrl is known.")
            : new Upstream(profile, entry, breakers, clouds, time);
    }

    public static bool MayBeSecret(string header) =>
        SecretWords.Any(word => header.Contains(word, StringComparison.OrdinalIgnoreCase));

    private sealed record Known(ProviderEntry Entry, string Written, Upstream Upstream);
}
