namespace Gateway.Ingress.Outbox;

/// <summary>
/// Numbers each key's events from 1 on, under a name of this run's own. With the two an account knows an event again by remembering how far
/// it has counted, where it would have to remember each request id for good.
/// </summary>
internal sealed class EventNumbers
{
    /// <summary>Keys whose last number is remembered, at about a hundred bytes each; then another name begins at 1 for all of them.</summary>
    internal const int MaxKeys = 100_000;

    private readonly Lock _sync = new();
    private readonly Dictionary<string, long> _last = new(StringComparer.Ordinal);
    private string _source = NewSource();

    /// <summary>Never the same twice. A number that ends in no event is harmless.</summary>
    public (string Source, long Number) Next(string keyId)
    {
        lock (_sync)
        {
            ref var last = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_last, keyId, out var known);
            if (known || _last.Count <= MaxKeys)
                return (_source, ++last);
            _source = NewSource();
            _last.Clear();
            _last[keyId] = 1;
            return (_source, 1);
        }
    }

    private static string NewSource() => Guid.NewGuid().ToString("N");
}
