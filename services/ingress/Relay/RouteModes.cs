using System.Text.RegularExpressions;
using Gateway.Contracts.Catalog;
using Gateway.Hosting;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Native routes to endpoints that answer in one mode only, as their refusals of the other have shown: from then on, for an hour, they are asked in the one
/// they have, and the client still gets the one it asked for. Anthropic has both.
/// </summary>
internal sealed partial class RouteModes(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ExpiringMap<(string Provider, string Model, bool Stream), bool> _refused = new(time);

    /// <summary>Whether a request of this mode has to go in the other one.</summary>
    public bool Refuses(ModelRoute route, bool stream) => _refused.TryGet(Key(route, stream), out _);

    public void Remember(ModelRoute route, bool stream) => _refused.Set(Key(route, stream), true, Lifetime);

    /// <param name="body">A refusal's, in whatever form.</param>
    public static bool IsRefusal(ModelRoute route, int status, string body) =>
        status is 400 or 405 or 422 or 501 && route.IsLookAlike && Mode().IsMatch(body) && Verb().IsMatch(body);

    private static (string, string, bool) Key(ModelRoute route, bool stream) => (route.Entry.Provider, route.Entry.Model, stream);

    [GeneratedRegex(@"\b(?:non-?)?stream(?:s|ing|ed)?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Mode();

    [GeneratedRegex(
        @"\bmust\b|\bonly\b|\brequire|\b(?:un)?support|\bverified\b|\ballow|\bshould\b|\bneed|\benable|\bdisable|\bavailable\b", RegexOptions.IgnoreCase)]
    private static partial Regex Verb();
}
