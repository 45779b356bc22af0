using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Benchmarks.Load;

/// <summary>One client connection on a bare socket: sends ready-made requests and reads answers, allocating nothing per event.</summary>
internal sealed class LoadConnection(IPEndPoint server) : IDisposable
{
    private static readonly byte[] Mark = Encoding.ASCII.GetBytes(ProviderAnswers.StampMark);

    private readonly byte[] _buffer = new byte[64 * 1024];
    private Socket? _socket;

    /// <summary>When the first byte of the last answer's body came.</summary>
    public long FirstByte { get; private set; }

    public async Task OpenAsync()
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(server);
    }

    /// <summary>Sends the request and reads the answer to its end, or only to its first byte. False when it is not a whole 200.</summary>
    /// <param name="delays">Takes how long ago each stamped event was sent.</param>
    public async ValueTask<bool> ExchangeAsync(ReadOnlyMemory<byte> request, Histogram? delays = null, bool firstByteOnly = false)
    {
        if (_socket is null)
            await OpenAsync();
        for (var sent = 0; sent < request.Length;)
            sent += await _socket!.SendAsync(request[sent..]);

        FirstByte = 0;
        var headLength = -1;
        var left = -1L;
        var chunks = new ChunkedBody();
        var held = 0;
        while (true)
        {
            var read = await _socket!.ReceiveAsync(_buffer.AsMemory(held));
            if (read == 0)
                return false;
            int payload;
            if (headLength < 0)
            {
                held += read;
                headLength = _buffer.AsSpan(0, held).IndexOf("\r\n\r\n"u8) + 4;
                if (headLength == 3)
                {
                    headLength = -1;
                    continue;
                }

                if (!_buffer.AsSpan().StartsWith("HTTP/1.1 200"u8))
                    return false;
                left = LengthOf(_buffer.AsSpan(0, headLength));
                payload = held - headLength;
                _buffer.AsSpan(headLength, payload).CopyTo(_buffer);
                held = 0;
            }
            else
            {
                payload = read;
            }

            if (payload > 0 && FirstByte == 0)
                FirstByte = Stopwatch.GetTimestamp();
            if (left >= 0)
            {
                left -= payload;
                if (left <= 0)
                    return left == 0;
                continue;
            }

            var length = held + chunks.Decode(_buffer.AsSpan(held, payload));
            if (firstByteOnly && length > 0)
                return true;
            held = delays is null ? 0 : TakeStamps(length, delays);
            if (chunks.IsComplete)
                return true;
        }
    }

    public void Dispose() => _socket?.Dispose();

    private int TakeStamps(int length, Histogram delays)
    {
        var now = Stopwatch.GetTimestamp();
        var rest = _buffer.AsSpan(0, length);
        while (rest.IndexOf(Mark) is >= 0 and var at && rest.Length >= at + Mark.Length + ProviderAnswers.StampDigits)
        {
            rest = rest[(at + Mark.Length)..];
            if (Utf8Parser.TryParse(rest[..ProviderAnswers.StampDigits], out long sent, out _))
                delays.Add(Stopwatch.GetElapsedTime(sent, now));
            rest = rest[ProviderAnswers.StampDigits..];
        }

        // A stamp that is still on its way is no longer than this.
        var keep = rest[Math.Max(0, rest.Length - Mark.Length - ProviderAnswers.StampDigits)..];
        keep.CopyTo(_buffer);
        return keep.Length;
    }

    private static long LengthOf(ReadOnlySpan<byte> head)
    {
        while (head.IndexOf("\r\n"u8) is >= 0 and var end)
        {
            var line = head[..end];
            head = head[(end + 2)..];
            if (line.Length > 15 && Ascii.EqualsIgnoreCase(line[..15], "content-length:"u8)
                && Utf8Parser.TryParse(line[15..].Trim((byte)' '), out long length, out _))
                return length;
        }

        return -1;
    }
}
