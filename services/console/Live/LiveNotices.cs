namespace Gateway.AdminConsole.Live;

/// <summary>The last notices of the topics <c>quota</c>, <c>keys</c> and <c>audit</c>.</summary>
internal sealed class LiveNotices
{
    public const int Most = 500;

    private readonly Lock _lock = new();
    private readonly LinkedList<(string Id, LiveNotice Notice)> _last = [];

    /// <param name="id">The event's: a second delivery is none.</param>
    /// <param name="notice">What it tells.</param>
    public void Add(string id, LiveNotice notice)
    {
        lock (_lock)
        {
            if (_last.Any(n => n.Id == id))
                return;
            _last.AddFirst((id, notice));
            if (_last.Count > Most)
                _last.RemoveLast();
        }
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<LiveNotice> All()
    {
        lock (_lock)
            return [.. _last.Select(n => n.Notice)];
    }
}
