using System.Collections.Concurrent;

namespace Gateway.Ingress.Metering;

/// <summary>Keys by name in metrics, but only the first so many that are used: each is a series that is kept for good.</summary>
internal sealed class KeyLabels(int most)
{
    public const string Other = "other";

    private readonly ConcurrentDictionary<string, bool> _named = new(StringComparer.Ordinal);
    private readonly Lock _naming = new();
    private volatile bool _full = most == 0;

    public string Of(string keyId)
    {
        if (_named.ContainsKey(keyId))
            return keyId;
        if (_full)
            return Other;
        lock (_naming)
        {
            if (_named.Count < most)
                _named.TryAdd(keyId, true);
            _full = _named.Count >= most;
        }

        return _named.ContainsKey(keyId) ? keyId : Other;
    }
}
