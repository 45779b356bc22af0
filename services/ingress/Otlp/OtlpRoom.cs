using System.Runtime.InteropServices;

namespace Gateway.Ingress.Otlp;

/// <summary>
/// How much telemetry is held at a time, being read or waiting for the collector: in all, and of one sender, so that one that floods it takes nothing
/// from the others.
/// </summary>
internal sealed class OtlpRoom
{
    public const int MaxBytes = 64 * 1024 * 1024;
    public const int MaxBytesOfOne = MaxBytes / 8;

    private readonly Lock _sync = new();
    private readonly Dictionary<string, long> _ofSenders = new(StringComparer.Ordinal);

    /// <summary>The bytes that are held.</summary>
    public long Held { get; private set; }

    /// <summary>Null: there is none now.</summary>
    public Share? TryTake(string sender, int bytes)
    {
        lock (_sync)
        {
            var ofSender = _ofSenders.GetValueOrDefault(sender);
            if (Held + bytes > MaxBytes || ofSender + bytes > MaxBytesOfOne)
                return null;
            _ofSenders[sender] = ofSender + bytes;
            Held += bytes;
            return new Share(this, sender, bytes);
        }
    }

    private void GiveBack(string sender, int bytes)
    {
        lock (_sync)
        {
            Held -= bytes;
            ref var ofSender = ref CollectionsMarshal.GetValueRefOrAddDefault(_ofSenders, sender, out _);
            ofSender -= bytes;
            if (ofSender <= 0)
                _ofSenders.Remove(sender);
        }
    }

    internal sealed class Share(OtlpRoom room, string sender, int bytes) : IDisposable
    {
        private int _bytes = bytes;

        /// <summary>It has turned out to be less.</summary>
        public void Shrink(int to)
        {
            if (to >= _bytes)
                return;
            room.GiveBack(sender, _bytes - to);
            _bytes = to;
        }

        public void Dispose() => Shrink(0);
    }
}
