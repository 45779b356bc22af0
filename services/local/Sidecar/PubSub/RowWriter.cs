using System.Buffers;
using System.Text.Json;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>Makes rows of what one call publishes: neighbours that share all but their bodies go together, up to a size.</summary>
internal sealed class RowWriter(string pubSub, string topic) : IBufferWriter<byte>, IDisposable
{
    /// <summary>Below what makes an array a large one, which only a full collection gets rid of.</summary>
    private const int MaxRowBytes = 64 * 1024;

    private readonly PooledBuffer _bodies = new(4096);
    private readonly List<int> _ends = [];
    private readonly List<Delivery> _rows = [];
    private IReadOnlyDictionary<string, string>? _lastMetadata;
    private Shared? _shared;
    private string _metadata = "{}";

    /// <summary>Where the row that is being made begins, and where its last message ends.</summary>
    private int _start, _end;

    public void Advance(int count) => _bodies.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => _bodies.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _bodies.GetSpan(sizeHint);

    /// <summary>What has been written since the last one was the body of this.</summary>
    /// <param name="expires">Unix milliseconds.</param>
    public void EndMessage(Publication message, string traceparent, long? expires)
    {
        if (!ReferenceEquals(message.Metadata, _lastMetadata))
        {
            _lastMetadata = message.Metadata;
            _metadata = message.Metadata.Count == 0 ? "{}" : JsonSerializer.Serialize(message.Metadata, SidecarJson.Default.IReadOnlyDictionaryStringString);
        }

        var shared = new Shared(_metadata, message.IsRaw, traceparent, expires);
        if (_ends.Count > 0 && (_shared != shared || _bodies.Length - _start > MaxRowBytes))
            EndRow();
        _shared = shared;
        _end = _bodies.Length;
        _ends.Add(_end - _start);
    }

    public List<Delivery> End()
    {
        if (_ends.Count > 0)
            EndRow();
        return _rows;
    }

    public void Dispose() => _bodies.Dispose();

    private void EndRow()
    {
        var (metadata, isRaw, traceparent, expires) = _shared!.Value;
        var body = _bodies.Written.Span[_start.._end].ToArray();
        _rows.Add(new Delivery(0, pubSub, topic, body, _ends.Count == 1 ? null : [.. _ends], isRaw, metadata, traceparent, 0, expires));
        _ends.Clear();
        _start = _end;
    }

    private readonly record struct Shared(string Metadata, bool IsRaw, string Traceparent, long? Expires);
}
