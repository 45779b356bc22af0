using System.Buffers;
using Gateway.Contracts.Json;
using Gateway.Contracts.Sse;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress.Safeguards;

/// <summary>
/// The events of an answer as they come, but for the <c>message_delta</c> that says why it stopped: that one waits for the verdicts and takes them
/// along. Whoever reads this waits as for a provider that is silent, so pings go out meanwhile. A provider that gives verdicts by itself is believed.
/// </summary>
/// <param name="source">The events; those that are there already come first.</param>
/// <param name="check">Has the verdicts.</param>
/// <param name="exchange">Whose answer it is.</param>
/// <param name="watch">Its response's.</param>
/// <param name="idle">How long the provider may be silent.</param>
internal sealed class JudgedStream(SseReader source, SafeguardsCheck check, Exchange exchange, ResponseWatch watch, TimeSpan idle) : Stream
{
    private readonly PooledBuffer _ready = new(8 * 1024);
    private readonly PendingCalls _calls = new();
    private int _given;

    /// <summary>The event that waits, before and after the place of its verdicts.</summary>
    private (byte[] Before, byte[] After)? _held;
    private bool _judged, _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (_given < _ready.WrittenCount)
                return Give(buffer);
            _ready.Clear();
            _given = 0;
            if (_held is { } held)
            {
                _held = null;
                await JudgeAsync(held.Before, held.After);
                continue;
            }

            TakeEvents();
            if (_ready.WrittenCount > 0 || _held is not null)
                continue;
            if (_ended)
                return 0;
            if (await source.FillAsync(cancellationToken))
                continue;
            // Half an event, or the translator's last word.
            _ended = true;
            _ready.Write(source.Between(source.Position, source.Position + source.Pending));
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _ready.Dispose();
        base.Dispose(disposing);
    }

    private int Give(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _ready.WrittenCount - _given);
        _ready.WrittenSpan.Slice(_given, count).CopyTo(buffer.Span);
        _given += count;
        return count;
    }

    private void TakeEvents()
    {
        while (_held is null && source.TryRead(out var e))
        {
            var end = _judged || !e.HasData ? default : AnswerEnd.Of(e);
            _judged |= end.HasResults;
            if (!_judged && end.StopReason is not null)
            {
                _judged = true;
                _calls.End(end.StopReason);
                _held = end.Around(e);
                return;
            }

            if (!_judged)
                _calls.Take(e);
            _ready.Write(e.Raw);
        }
    }

    private async ValueTask JudgeAsync(byte[] before, byte[] after)
    {
        Meter([.. before, .. after]);
        // Who reads on for a client that has left reads for the numbers only.
        var results = watch.ClientLeft ? null : await check.JudgeAsync(_calls, watch);
        watch.SetIdleTimeout(idle);
        _ready.Write(before);
        if (results is not null)
            _ready.Write(AnswerEnd.Member(results, first: before[^1] == '{'));
        _ready.Write(after);
    }

    /// <summary>What the event says of the usage counts, if the client leaves before it gets it. All before it has been metered by now.</summary>
    private void Meter(byte[] raw)
    {
        using var reader = new SseReader(Null, first: raw);
        if (reader.TryRead(out var e))
            exchange.Meter.Read(e);
    }
}
