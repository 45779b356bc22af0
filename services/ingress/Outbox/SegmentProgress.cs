namespace Gateway.Ingress.Outbox;

/// <summary>
/// How far one segment has come: read up to a point, and before it some records that are still held. The mark stands before the first of those,
/// so that a crash publishes them again, and some of their neighbours twice.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="own">Its number, when this process has written it; null: a former one has.</param>
internal sealed class SegmentProgress(string path, long? own, ILogger log) : IDisposable
{
    private readonly Lock _sync = new();
    private readonly PublishedMark _mark = new(path, log);
    private readonly SortedSet<long> _open = [];
    private bool _readToEnd, _done;

    public long? Own => own;

    /// <summary>All of it is settled, and its file is gone.</summary>
    public bool IsDone => Volatile.Read(ref _done);

    public SegmentReader Reader { get; } = new(path);

    /// <summary>Where the first record begins that has not been read.</summary>
    public long Position { get; private set; } = -1;

    /// <summary>Where to read on, and from now on the mark goes no further than the records begun there.</summary>
    public long Begin() => Position < 0 ? Position = _mark.Position : Position;

    /// <summary>These records were read, and each of them is settled later.</summary>
    public void Read(List<OutboxLine> lines, long end)
    {
        lock (_sync)
        {
            foreach (var line in lines)
                _open.Add(line.Start);
            Position = end;
        }
    }

    /// <summary>The records from here on were not sent after all: they are read again.</summary>
    public void Unread(long start)
    {
        lock (_sync)
        {
            var left = _open.GetViewBetween(start, long.MaxValue);
            if (left.Count == 0)
                return;
            Position = left.Min;
            left.Clear();
        }
    }

    /// <summary>The broker has them, or the quarantine.</summary>
    public void Settle(IEnumerable<long> starts)
    {
        lock (_sync)
        {
            foreach (var start in starts)
                _open.Remove(start);
            var reached = _open.Count > 0 ? _open.Min : Position;
            if (reached != _mark.Position)
                Note(reached);
            DeleteWhenDone();
        }
    }

    /// <summary>Nothing more will come: the file is deleted as soon as all of it is settled.</summary>
    public void End()
    {
        lock (_sync)
        {
            _readToEnd = true;
            DeleteWhenDone();
        }
    }

    public void Dispose()
    {
        Reader.Dispose();
        _mark.Dispose();
    }

    private void Note(long position)
    {
        try
        {
            _mark.MoveTo(position);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Full or gone. It is noted with the next; until then a crash publishes more of it again.
            Log.MarkFailed(log, e);
        }
    }

    private void DeleteWhenDone()
    {
        if (!_readToEnd || _open.Count > 0 || _done)
            return;
        Dispose();
        try
        {
            // In this order: a crash in between leaves events to publish again, and not a mark that a later segment of this number would obey.
            File.Delete(PublishedMark.PathOf(path));
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start publishes it again and deletes it.
            Log.MarkFailed(log, e);
        }

        Volatile.Write(ref _done, true);
    }
}
