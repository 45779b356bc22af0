using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// One app's messages that are in memory, waiting or under way, and how they relate to the table. Fresh rows come as they are published, in
/// their order; when there is no room for one, it and those behind it stay in the table until there is, and are read from there.
/// </summary>
internal sealed class Backlog(string app, IReadOnlyList<TopicSubscription> subscriptions, Database database)
{
    private const int ReadAtOnce = 128;
    private const int MaxWaiting = 4096;

    private readonly Lock _sync = new();

    /// <summary>One a subscription, and the last for topics that nobody wants any more: its rows are taken off like delivered ones.</summary>
    private readonly Lane[] _lanes = [.. subscriptions.Select(s => new Lane(s)), new Lane(null)];

    /// <summary>Failed rows that have been read again and are waiting or under way.</summary>
    private readonly HashSet<long> _retrying = [];

    /// <summary>Rows of which every message is settled, and which are still in the table.</summary>
    private readonly List<Delivery> _left = [];

    /// <summary>
    /// Fresh rows up to <see cref="_cursor"/> have come to memory; with <see cref="_behind"/> there are others, up to
    /// <see cref="_offered"/> at least.
    /// </summary>
    private long _cursor, _offered;
    private bool _behind = true;

    /// <summary>When the first failed row is due again, in Unix milliseconds; null: there is none.</summary>
    private long? _nextRetry = 0;

    /// <summary>When there will be something to read; null: there is nothing, or no room for it before something is done.</summary>
    public long? NextRetry
    {
        get
        {
            lock (_sync)
                return IsFull ? null : _nextRetry;
        }
    }

    private bool IsFull
    {
        get
        {
            var waiting = 0;
            foreach (var lane in _lanes)
                waiting += lane.Waiting;
            return waiting >= MaxWaiting;
        }
    }

    /// <summary>A fresh row is on the disk. Called in the order of the rows.</summary>
    public void Offer(Delivery row)
    {
        lock (_sync)
        {
            _offered = row.Id;
            // A look at the table may have found it already.
            if (row.Id <= _cursor)
                return;
            _behind |= IsFull;
            if (!_behind)
                Add(row);
        }
    }

    /// <summary>Rows of one topic that are not in the table; refused where they would have to wait behind others.</summary>
    public bool TryTake(List<Delivery> rows)
    {
        lock (_sync)
        {
            var lane = LaneOf(rows[0]);
            if (_behind || lane.Waiting > 0 || lane.Calls == lane.MaxCalls || lane.Subscription?.MaxBulk is null)
                return false;
            rows.ForEach(lane.Add);
            return true;
        }
    }

    /// <summary>Fresh rows from the table, as far as there is room for them.</summary>
    /// <returns>Whether there are more, and room.</returns>
    public bool ReadFresh()
    {
        lock (_sync)
        {
            if (!_behind || IsFull)
                return false;
        }

        // While it is behind, the cursor is the reader's alone.
        var rows = database.Read(session => DeliveryTable.Fresh(session, app, _cursor, ReadAtOnce));
        lock (_sync)
        {
            foreach (var row in rows)
                Add(row);
            _behind = rows.Count == ReadAtOnce || _offered > _cursor;
            return _behind && !IsFull;
        }
    }

    /// <summary>Failed rows that are due again.</summary>
    public void ReadDue(long now)
    {
        // As they are before the query: one that is being settled meanwhile is known no more when it arrives, as it was, and must not be delivered again.
        HashSet<long> known;
        lock (_sync)
        {
            if (!(_nextRetry <= now) || IsFull)
                return;
            // What fails from here on notes its own time again.
            _nextRetry = null;
            known = [.. _retrying];
        }

        List<Delivery> rows = [];
        long? next = now;
        try
        {
            // Those that are known are among the first.
            var limit = known.Count + ReadAtOnce;
            (rows, next) = database.Read(session =>
            {
                var due = DeliveryTable.Due(session, app, now, limit);
                return (due, due.Count == limit ? now : DeliveryTable.NextDue(session, app, now));
            });
        }
        finally
        {
            lock (_sync)
            {
                _nextRetry = Earlier(_nextRetry, next);
                foreach (var row in rows)
                {
                    if (!known.Contains(row.Id) && _retrying.Add(row.Id))
                        LaneOf(row).Add(row);
                }
            }
        }
    }

    /// <summary>What the next call brings. It is under way until <see cref="End"/>.</summary>
    /// <returns>Null: nothing waits, or as many calls are under way as may be.</returns>
    public (Lane Lane, List<Message> Batch)? Begin()
    {
        lock (_sync)
        {
            foreach (var lane in _lanes)
            {
                if (lane.Waiting == 0 || lane.Calls == lane.MaxCalls)
                    continue;
                lane.Calls++;
                return (lane, lane.Take());
            }
        }

        return null;
    }

    public void End(Lane lane)
    {
        lock (_sync)
            lane.Calls--;
    }

    /// <summary>They come again before all others.</summary>
    public void PutBack(Lane lane, List<Message> messages)
    {
        lock (_sync)
            lane.PutBack(messages);
    }

    /// <summary>
    /// So much of these rows is settled, on disk. Not before: a row that goes while one of its messages is written down nowhere else would lose it.
    /// </summary>
    /// <param name="rows">Those that are out of the table already are told from others.</param>
    /// <param name="retry">When the first of what failed is due again, in Unix milliseconds.</param>
    public void Settled(List<(Delivery Row, int Messages, bool IsRemoved)> rows, long? retry)
    {
        lock (_sync)
        {
            _nextRetry = Earlier(_nextRetry, retry);
            foreach (var (row, messages, isRemoved) in rows)
            {
                row.Open -= messages;
                if (row.Open > 0)
                    continue;
                if (!isRemoved && row.Custody?.TryEnd() != true)
                    _left.Add(row);
                if (row.Attempts > 0)
                    _retrying.Remove(row.Id);
            }
        }
    }

    /// <summary>Rows that several calls brought and that are still in the table, though all of them is settled; null: there are none.</summary>
    public List<Delivery>? TakeLeft()
    {
        lock (_sync)
        {
            if (_left.Count == 0)
                return null;
            List<Delivery> left = [.. _left];
            _left.Clear();
            return left;
        }
    }

    public void PutBackLeft(List<Delivery> rows)
    {
        lock (_sync)
            _left.AddRange(rows);
    }

    private void Add(Delivery row)
    {
        _cursor = row.Id;
        LaneOf(row).Add(row);
    }

    private Lane LaneOf(Delivery row)
    {
        foreach (var lane in _lanes)
        {
            if (lane.Subscription is { } subscription && subscription.PubSub == row.PubSub && subscription.Topic == row.Topic)
                return lane;
        }

        return _lanes[^1];
    }

    private static long? Earlier(long? one, long? other) => one <= other || other is null ? one : other;
}
