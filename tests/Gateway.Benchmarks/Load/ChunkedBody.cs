namespace Gateway.Benchmarks.Load;

/// <summary>Takes the chunked framing of HTTP/1.1 off a body, whatever pieces it comes in.</summary>
internal struct ChunkedBody
{
    private long _left;
    private long _size;
    private int _skip;
    private bool _inSize;

    public ChunkedBody() => _inSize = true;

    /// <summary>The last chunk has been seen.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Moves the payload to the front of the piece; its length.</summary>
    public int Decode(Span<byte> piece)
    {
        var to = 0;
        for (var i = 0; i < piece.Length;)
        {
            if (_left > 0)
            {
                var take = (int)Math.Min(_left, piece.Length - i);
                piece.Slice(i, take).CopyTo(piece[to..]);
                (to, i, _left) = (to + take, i + take, _left - take);
                if (_left == 0)
                    _skip = 2;
                continue;
            }

            var c = piece[i++];
            if (_skip > 0)
            {
                if (--_skip == 0)
                    (_inSize, _size) = (true, 0);
            }
            else if (_inSize && c == '\n')
            {
                _inSize = false;
                _left = _size;
                if (_size == 0)
                    IsComplete = true;
            }
            else if (_inSize && c != '\r')
            {
                _size = _size * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
            }
        }

        return to;
    }
}
