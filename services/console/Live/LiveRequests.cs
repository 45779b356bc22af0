using Gateway.Contracts.Usage;

namespace Gateway.AdminConsole.Live;

/// <summary>
/// The requests that ended last, as the topic <c>usage</c> has brought them: bounded in number and in bytes, the oldest go first. An event that is delivered
/// again is known by its request.
/// </summary>
internal sealed class LiveRequests
{
    public const int Most = 2_000;
    public const long MostBytes = 8 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<LiveRequest> _last = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private long _bytes;
    private long _number;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The number of the newest one.</summary>
    public long Newest
    {
        get
        {
            lock (_lock)
                return _number;
        }
    }

    /// <param name="e">The event.</param>
    /// <param name="bytes">How long it is, written.</param>
    public void Add(UsageEvent e, int bytes)
    {
        TaskCompletionSource news;
        lock (_lock)
        {
            if (!_known.Add(e.SettlementKey))
                return;
            _last.AddFirst(new LiveRequest(++_number, e, bytes));
            _bytes += bytes;
            while (_last.Count > Most || (_bytes > MostBytes && _last.Count > 1))
            {
                var oldest = _last.Last!.Value;
                _last.RemoveLast();
                _bytes -= oldest.Bytes;
                _known.Remove(oldest.Event.SettlementKey);
            }

            (news, _news) = (_news, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        news.SetResult();
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<LiveRequest> All()
    {
        lock (_lock)
            return [.. _last];
    }

    /// <summary>Those after this number, the oldest first.</summary>
    public IReadOnlyList<LiveRequest> After(long number)
    {
        lock (_lock)
            return [.. _last.TakeWhile(r => r.Number > number).Reverse()];
    }

    public LiveRequest? Find(string requestId)
    {
        lock (_lock)
            return _last.FirstOrDefault(r => r.Event.SettlementKey == requestId);
    }

    /// <summary>Until there is one after this number.</summary>
    public Task NewsAsync(long number, CancellationToken cancellation)
    {
        lock (_lock)
            return _number > number ? Task.CompletedTask : _news.Task.WaitAsync(cancellation);
    }
}
