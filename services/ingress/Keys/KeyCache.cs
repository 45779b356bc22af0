using System.Collections.Concurrent;
using Gateway.Contracts.Accounts;

namespace Gateway.Ingress.Keys;

/// <summary>
/// Keys that have just been looked up, known and unknown ones. Bounded in bytes, so that a flood of made-up keys neither fills the memory nor
/// costs more than those who send it: what has run out goes first, and if that does not do, everything.
/// </summary>
internal sealed class KeyCache(TimeProvider time)
{
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromSeconds(4);

    /// <summary>A key that was not there may just have been made.</summary>
    private static readonly TimeSpan UnknownLifetime = TimeSpan.FromMilliseconds(500);

    private const long MaxBytes = 64 * 1024 * 1024;

    private readonly ConcurrentDictionary<KeyDigest, Entry> _entries = new();
    private readonly Lock _lock = new();
    private long _bytes;

    /// <summary>The entry if it may still be used.</summary>
    public Entry? Find(in KeyDigest key, out TimeSpan age)
    {
        age = default;
        if (!_entries.TryGetValue(key, out var entry))
            return null;
        age = time.GetElapsedTime(entry.Read);
        return age <= LifetimeOf(entry) ? entry : null;
    }

    /// <param name="key">Of the key.</param>
    /// <param name="record">Null: there is none.</param>
    /// <param name="read">When the store was asked.</param>
    public void Put(in KeyDigest key, KeyRecord? record, long read)
    {
        var entry = new Entry(record, read);
        lock (_lock)
        {
            _bytes += entry.Bytes - (_entries.TryGetValue(key, out var old) ? old.Bytes : 0);
            _entries[key] = entry;
            if (_bytes > MaxBytes)
                Trim();
        }
    }

    private void Trim()
    {
        foreach (var (key, entry) in _entries)
        {
            if (time.GetElapsedTime(entry.Read) > LifetimeOf(entry) && _entries.TryRemove(key, out _))
                _bytes -= entry.Bytes;
        }

        // Not every time anew for the sake of a few.
        if (_bytes <= MaxBytes / 2)
            return;
        _entries.Clear();
        _bytes = 0;
    }

    private static TimeSpan LifetimeOf(Entry entry) => entry.Record is null ? UnknownLifetime : MaxLifetime;

    internal sealed class Entry(KeyRecord? record, long read)
    {
        private const int NodeBytes = 160;
        private const int RecordBytes = 400;
        private const int TextBytes = 40;

        private int _refreshing;

        public KeyRecord? Record => record;

        public long Read => read;

        /// <summary>About what it takes of the memory.</summary>
        public int Bytes { get; } = NodeBytes + (record is null
            ? 0
            : RecordBytes
                + (record.Models?.Sum(static m => TextBytes + (2 * m.Length)) ?? 0)
                + (record.Tags?.Sum(static t => TextBytes + (2 * t.Length)) ?? 0)
                + (record.Metadata?.Sum(static m => (3 * TextBytes) + (2 * (m.Key.Length + m.Value.Length))) ?? 0));

        /// <summary>True for the first who asks.</summary>
        public bool StartRefresh() => Interlocked.Exchange(ref _refreshing, 1) == 0;
    }
}
