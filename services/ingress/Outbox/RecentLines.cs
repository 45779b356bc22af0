namespace Gateway.Ingress.Outbox;

/// <summary>
/// The last lines of the log that are not yet published, in memory, so that the publisher need not read them back. They follow one another
/// without a gap: when there is no room for a line, those behind it are read from the file until all that are here have been published.
/// Its owner sees to it that one thread uses it at a time.
/// </summary>
internal sealed class RecentLines
{
    private const int PageBytes = 64 * 1024;
    private const int MaxPages = 64;

    private readonly Queue<Line> _lines = new();
    private readonly Stack<Page> _free = new();
    private Page? _page;
    private int _pages;
    private bool _skipping;

    /// <param name="end">Where its record ends in the file.</param>
    public void Add(long segment, long end, string requestId, string keyId, ReadOnlySpan<byte> line)
    {
        _skipping &= _lines.Count > 0;
        if (_skipping || PageFor(line.Length) is not { } page)
        {
            _skipping = true;
            return;
        }

        line.CopyTo(page.Bytes.AsSpan(page.Length));
        _lines.Enqueue(new Line(segment, end, requestId, keyId, page, page.Length, line.Length));
        page.Length += line.Length;
        page.Lines++;
    }

    /// <summary>Lines that begin at this position of the segment. What lies before it is published, and its memory is used again.</summary>
    /// <returns>Where the last of them ends; null: they are not here.</returns>
    public long? Read(long segment, long position, List<OutboxLine> into, int most)
    {
        while (_lines.TryPeek(out var first) && (first.Segment < segment || (first.Segment == segment && first.End <= position)))
            Remove(_lines.Dequeue());
        if (!_lines.TryPeek(out var next) || next.Segment != segment || next.Start != position)
            return null;
        foreach (var line in _lines)
        {
            if (line.Segment != segment || most-- == 0)
                break;
            var json = line.Page.Bytes.AsMemory(line.Offset, line.Length);
            into.Add(new OutboxLine(line.Start, line.Length + OutboxRecord.Frame, line.RequestId, line.KeyId, json));
            position = line.End;
        }

        return position;
    }

    /// <summary>The file may not be what it should be. Whoever reads lines just now reads on: their memory is not used again.</summary>
    public void Clear()
    {
        _lines.Clear();
        _page = null;
        _pages = 0;
    }

    private Page? PageFor(int length)
    {
        if (_page is not null && _page.Bytes.Length - _page.Length >= length)
            return _page;
        if (length > PageBytes || (_pages == MaxPages && _page?.Lines != 0))
            return null;
        if (_page is { Lines: 0 })
            Release(_page);
        _pages++;
        return _page = _free.TryPop(out var page) ? page : new Page();
    }

    private void Remove(Line line)
    {
        if (--line.Page.Lines > 0)
            return;
        if (line.Page == _page)
            _page.Length = 0;
        else
            Release(line.Page);
    }

    private void Release(Page page)
    {
        page.Length = 0;
        _pages--;
        _free.Push(page);
    }

    private sealed class Page
    {
        public byte[] Bytes { get; } = new byte[PageBytes];

        public int Length { get; set; }

        public int Lines { get; set; }
    }

    private readonly record struct Line(long Segment, long End, string RequestId, string KeyId, Page Page, int Offset, int Length)
    {
        public long Start => End - Length - OutboxRecord.Frame;
    }
}
