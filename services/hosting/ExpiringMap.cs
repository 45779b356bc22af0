using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Hosting;

/// <summary>
/// What was found out about models, routes and credentials, each entry for a while. Bounded, since clients name models at will where a catalog has
/// wildcards: when it is full, what has expired goes, then what would expire next. Looking up takes no lock.
/// </summary>
/// <param name="capacity">The most entries.</param>
public sealed class ExpiringMap<TKey, TValue>(TimeProvider time, int capacity = 1_000)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();
    private readonly Lock _adding = new();

    public int Count => _entries.Count;

    public bool IsEmpty => _entries.IsEmpty;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_entries.TryGetValue(key, out var entry) && time.GetTimestamp() < entry.Until)
        {
            value = entry.Value;
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>What holds now.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> All()
    {
        var now = time.GetTimestamp();
        return _entries.Where(e => now < e.Value.Until).Select(e => KeyValuePair.Create(e.Key, e.Value.Value));
    }

    /// <summary>How long the entry still holds; zero for none.</summary>
    public TimeSpan LeftOf(TKey key)
    {
        if (!_entries.TryGetValue(key, out var entry))
            return TimeSpan.Zero;
        var left = time.GetElapsedTime(time.GetTimestamp(), entry.Until);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public void Set(TKey key, TValue value, TimeSpan lifetime)
    {
        var entry = new Entry(value, UntilAfter(lifetime));
        lock (_adding)
        {
            MakeRoomFor(key);
            _entries[key] = entry;
        }
    }

    /// <summary>The value that holds, or the one made; either holds for <paramref name="lifetime"/> from now.</summary>
    public TValue Extend(TKey key, Func<TValue> make, TimeSpan lifetime)
    {
        lock (_adding)
        {
            var value = TryGet(key, out var known) ? known : make();
            MakeRoomFor(key);
            _entries[key] = new Entry(value, UntilAfter(lifetime));
            return value;
        }
    }

    public void Remove(TKey key) => _entries.TryRemove(key, out _);

    private long UntilAfter(TimeSpan lifetime) => time.GetTimestamp() + (long)(lifetime.TotalSeconds * time.TimestampFrequency);

    /// <summary>A tenth at once, so that a full map does not look at all its entries for each new one.</summary>
    private void MakeRoomFor(TKey key)
    {
        if (_entries.Count < capacity || _entries.ContainsKey(key))
            return;
        var now = time.GetTimestamp();
        var byEnd = _entries.OrderBy(e => e.Value.Until).ToArray();
        var least = capacity / 10 + 1;
        for (var i = 0; i < byEnd.Length && (i < least || byEnd[i].Value.Until <= now); i++)
            _entries.TryRemove(byEnd[i].Key, out _);
    }

    private readonly record struct Entry(TValue Value, long Until);
}
