using System.Buffers;
using System.Text.Json;

namespace Gateway.Ingress.Outbox;

/// <summary>Reads lines of a segment from its file: what a former process left behind, and what there was no room for in memory.</summary>
internal sealed class SegmentReader(string path, ILogger log) : IDisposable
{
    private const int BatchBytes = 256 * 1024;

    private FileStream? _file;
    private byte[] _buffer = [];

    /// <summary>The next lines. They are good until the next read.</summary>
    /// <returns>Where the last of them ends; <paramref name="position"/> when there is none.</returns>
    public async Task<long> ReadAsync(long position, List<OutboxLine> into, CancellationToken cancellationToken)
    {
        _file ??= new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (_buffer.Length == 0)
            _buffer = ArrayPool<byte>.Shared.Rent(BatchBytes);
        while (true)
        {
            _file.Position = position;
            var read = await _file.ReadAtLeastAsync(_buffer, _buffer.Length, throwOnEndOfStream: false, cancellationToken);
            var end = _buffer.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
            if (end > 0)
            {
                Split(_buffer.AsMemory(0, end), into);
                return position + end;
            }

            if (read < _buffer.Length)
                return position;
            // A line longer than the batch.
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Split(ReadOnlyMemory<byte> lines, List<OutboxLine> into)
    {
        while (lines.Length > 0)
        {
            var end = lines.Span.IndexOf((byte)'\n');
            var line = lines[..end];
            lines = lines[(end + 1)..];
            if (TryReadIds(line.Span, out var requestId, out var keyId))
                into.Add(new OutboxLine(requestId, keyId, line));
            else
                Log.OutboxLineUnreadable(log, line.Length);
        }
    }

    /// <summary>To its end: a line that is cut off would spoil those that are published with it.</summary>
    private static bool TryReadIds(ReadOnlySpan<byte> line, out string requestId, out string keyId)
    {
        requestId = keyId = "";
        try
        {
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                    continue;
                if (reader.ValueTextEquals("request_id"u8) && reader.Read())
                    requestId = reader.GetString() ?? "";
                else if (reader.ValueTextEquals("key_id"u8) && reader.Read())
                    keyId = reader.GetString() ?? "";
            }

            return requestId.Length > 0 && keyId.Length > 0;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Torn by a full disk: reported by the caller.
            return false;
        }
    }
}
