using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Gateway.Contracts.Catalog;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Native routes to endpoints that answer in one mode only, as their refusals of the other have shown: from then on, for an hour, they are asked in the one
/// they have, and the client still gets the one it asked for. Anthropic has both.
/// </summary>
internal sealed partial class RouteModes(TimeProvider time)
{
    private const int MaxEntries = 1_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(string Provider, string Model, bool Stream), DateTimeOffset> _refused = new();

    /// <summary>Whether a request of this mode has to go in the other one.</summary>
    public bool Refuses(ModelRoute route, bool stream) => _refused.TryGetValue(Key(route, stream), out var until) && until > time.GetUtcNow();

    public void Remember(ModelRoute route, bool stream)
    {
        if (_refused.Count < MaxEntries)
            _refused[Key(route, stream)] = time.GetUtcNow() + Lifetime;
    }

    /// <param name="body">A refusal's, in whatever form.</param>
    public static bool IsRefusal(ModelRoute route, int status, string body) =>
        status is 400 or 405 or 422 or 501 && !IsAnthropic(route) && Mode().IsMatch(body) && Verb().IsMatch(body);

    private static bool IsAnthropic(ModelRoute route) =>
        Uri.TryCreate(route.Provider.BaseUrl, UriKind.Absolute, out var url)
        && (url.Host == "anthropic.com" || url.Host.EndsWith(".anthropic.com", StringComparison.OrdinalIgnoreCase));

    private static (string, string, bool) Key(ModelRoute route, bool stream) => (route.Entry.Provider, route.Entry.Model, stream);

    [GeneratedRegex(@"\b(?:non-?)?stream(?:s|ing|ed)?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Mode();

    [GeneratedRegex(
        @"\bmust\b|\bonly\b|\brequire|\b(?:un)?support|\bverified\b|\ballow|\bshould\b|\bneed|\benable|\bdisable|\bavailable\b", RegexOptions.IgnoreCase)]
    private static partial Regex Verb();
}
