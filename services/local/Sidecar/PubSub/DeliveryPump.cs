using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// Brings one app its messages, a bounded number of calls at a time. A message leaves the database only once the app has taken it or it is
/// dead-lettered. What is published comes over memory as soon as it is on the disk; the database is read at the start, for what did not fit
/// into memory, and for what failed.
/// <code>
///   broker --fresh rows--------------------------------------------> a lane for each subscription --calls--> app
///   database --fresh rows that did not fit; failed ones, when due-->   (bulk: all that has gathered, in one)
/// </code>
/// </summary>
internal sealed class DeliveryPump : IAsyncDisposable
{
    private const int ReadAtOnce = 128;
    private const int MaxWaiting = 4096;
    private static readonly TimeSpan AwayWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FaultWait = TimeSpan.FromSeconds(1);

    // Timers take some 49 days at most; what is further off is simply looked at again.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly ResourceSet _resources;
    private readonly Database _database;
    private readonly Broker _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly EventPost _post;

    /// <summary>One a subscription, and the last for topics that nobody wants any more: its rows are taken off like delivered ones.</summary>
    private readonly Lane[] _lanes;

    private readonly Lock _sync = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();

    /// <summary>Failed rows that have been read again and are waiting or under way.</summary>
    private readonly HashSet<long> _retrying = [];

    /// <summary>Rows of which every message is settled, and which are still in the table.</summary>
    private readonly List<long> _left = [];
    private Task _pump = Task.CompletedTask;
    private TaskCompletionSource? _idle;
    private int _calls;

    /// <summary>Fresh rows up to <see cref="_cursor"/> have come to memory; with <see cref="_behind"/> there are others, up to <see cref="_offered"/> at least.</summary>
    private long _cursor, _offered;
    private bool _behind = true;

    /// <summary>When the first failed row is due again, in Unix milliseconds; null: there is none.</summary>
    private long? _nextRetry = 0;
    private long _pauseUntil;

    public DeliveryPump(AppChannel app, IReadOnlyList<TopicSubscription> subscriptions, ResourceSet resources, Database database, Broker broker, TimeProvider time, ILogger log)
    {
        AppId = app.AppId;
        Subscriptions = subscriptions;
        _resources = resources;
        _database = database;
        _broker = broker;
        _time = time;
        _log = log;
        _post = new EventPost(app);
        _lanes = [.. subscriptions.Select(s => new Lane(s)), new Lane(null)];
    }

    public string AppId { get; }

    public IReadOnlyList<TopicSubscription> Subscriptions { get; }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

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

    public bool Takes(string pubSub, string topic) => Subscriptions.Any(s => s.PubSub == pubSub && s.Topic == topic);

    public void Start() => _pump = Task.Run(PumpAsync);

    /// <summary>A fresh row is on the disk. Called in the order of the rows.</summary>
    public void Offer(Delivery row)
    {
        lock (_sync)
        {
            _offered = row.Id;
            // A look at the table may have found it already.
            if (row.Id > _cursor)
            {
                _behind |= IsFull;
                if (!_behind)
                    Take(row);
            }
        }

        Look();
    }

    /// <summary>Starts no more deliveries and waits for those under way.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        await _stop.CancelAsync();
        await _pump.WaitAsync(cancellation);
        await UnderWay().WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _abort.CancelAsync();
        await _pump;
        await UnderWay();
        _abort.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    private Task UnderWay()
    {
        lock (_sync)
            return _calls == 0 ? Task.CompletedTask : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    private void Look()
    {
        try
        {
            _wake.Release();
        }
        catch (Exception error) when (error is SemaphoreFullException or ObjectDisposedException)
        {
            // It is to look again already, or never again.
        }
    }

    private async Task PumpAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // One look at the clock, so that no row falls due between two.
                var now = Now;
                var pause = Volatile.Read(ref _pauseUntil);
                if (now >= pause)
                {
                    ReadDue(now);
                    while (ReadFresh())
                        Dispatch();
                    Dispatch();
                }

                await WaitAsync(now < pause ? pause : NextRetry(), now);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                Log.DeliveryFailed(_log, error, AppId);
                PutBack(_lanes[^1], [], FaultWait);
            }
        }
    }

    private async Task WaitAsync(long? next, long now)
    {
        if (next is not { } due)
        {
            await _wake.WaitAsync(_stop.Token);
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var wait = TimeSpan.FromMilliseconds(Math.Clamp(due - now, 1, LongestWait.TotalMilliseconds));
        await Task.WhenAny(_wake.WaitAsync(either.Token), Task.Delay(wait, _time, either.Token));
        await either.CancelAsync();
        _stop.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Fresh rows from the table, as far as there is room for them.</summary>
    /// <returns>Whether there are more, and room.</returns>
    private bool ReadFresh()
    {
        lock (_sync)
        {
            if (!_behind || IsFull)
                return false;
        }

        // While it is behind, the cursor is this thread's alone.
        var rows = _database.Read(session => DeliveryTable.Fresh(session, AppId, _cursor, ReadAtOnce));
        lock (_sync)
        {
            foreach (var row in rows)
                Take(row);
            _behind = rows.Count == ReadAtOnce || _offered > _cursor;
            return _behind && !IsFull;
        }
    }

    private void Take(Delivery row)
    {
        _cursor = row.Id;
        LaneOf(row).Add(row);
    }

    private void ReadDue(long now)
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
            (rows, next) = _database.Read(session =>
            {
                var due = DeliveryTable.Due(session, AppId, now, limit);
                return (due, due.Count == limit ? now : DeliveryTable.NextDue(session, AppId, now));
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

    /// <summary>Null: there is none, or no room for it before something is done.</summary>
    private long? NextRetry()
    {
        lock (_sync)
            return IsFull ? null : _nextRetry;
    }

    private void Dispatch()
    {
        lock (_sync)
        {
            foreach (var lane in _lanes)
            {
                while (lane.Waiting > 0 && lane.Calls < lane.MaxCalls)
                {
                    var batch = lane.Take();
                    lane.Calls++;
                    _calls++;
                    _ = Task.Run(() => DeliverAsync(lane, batch));
                }
            }
        }
    }

    private async Task DeliverAsync(Lane lane, List<Message> batch)
    {
        try
        {
            var outcomes = lane.Subscription is { } subscription ? await _post.PostAsync(batch, subscription, Now, _abort.Token) : new DeliveryOutcome[batch.Count];
            await SettleAsync(lane, batch, outcomes);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Still in the store, and due at the next start.
        }
        catch (Exception error)
        {
            Log.DeliveryFailed(_log, error, AppId);
            PutBack(lane, batch, FaultWait);
        }
        finally
        {
            lock (_sync)
            {
                lane.Calls--;
                if (--_calls == 0)
                    _idle?.TrySetResult();
            }

            Look();
        }
    }

    /// <summary>Writes down what became of them, all at once.</summary>
    private async Task SettleAsync(Lane lane, List<Message> batch, DeliveryOutcome[] outcomes)
    {
        var settlement = new Settlement(AppId);
        var away = new List<Message>();
        var parts = new List<(Delivery Row, int Settled, bool IsRemoved)>();
        for (var i = 0; i < batch.Count;)
        {
            var row = batch[i].Row;
            var settled = 0;
            for (; i < batch.Count && ReferenceEquals(batch[i].Row, row); i++)
            {
                if (outcomes[i] == DeliveryOutcome.Away)
                {
                    away.Add(batch[i]);
                    continue;
                }

                Judge(batch[i], outcomes[i], lane.Subscription, settlement);
                settled++;
            }

            // Then nobody else has any of it, and the row goes in the same transaction.
            var isRemoved = settled == row.Open;
            if (isRemoved)
                settlement.Done(row);
            parts.Add((row, settled, isRemoved));
        }

        if (settlement.Statements > 0)
            await _database.WriteAsync(settlement.Write, isOneStatement: settlement.Statements == 1, settlement.HandOver);
        lock (_sync)
        {
            foreach (var (row, settled, isRemoved) in parts)
                Count(row, settled, isRemoved);
            _nextRetry = Earlier(_nextRetry, settlement.Retry);
        }

        if (away.Count > 0)
            PutBack(lane, away, AwayWait);
        await RemoveLeftAsync();
    }

    private void Judge(Message message, DeliveryOutcome outcome, TopicSubscription? subscription, Settlement settlement)
    {
        var row = message.Row;
        switch (outcome)
        {
            // Without a policy a failed delivery is acknowledged all the same: that is how pubsub.redis has behaved since 1.17.
            case DeliveryOutcome.Retry when _resources.InboundRetry(AppId, row.PubSub)?.NextWait(row.Attempts + 1) is { } wait:
                settlement.TryAgain(message, Now + (long)wait.TotalMilliseconds);
                break;
            case DeliveryOutcome.Retry or DeliveryOutcome.Drop:
                if (outcome == DeliveryOutcome.Drop)
                    Log.Dropped(_log, row.Topic, AppId);
                Log.GaveUp(_log, row.Topic, AppId, subscription?.DeadLetterTopic ?? "(none)");
                if (!string.IsNullOrEmpty(subscription?.DeadLetterTopic))
                    settlement.DeadLetter(_broker.DeadLetter(message, subscription.DeadLetterTopic));
                break;
            case DeliveryOutcome.NoHandler:
                Log.NoHandler(_log, row.Topic, AppId);
                break;
        }
    }

    /// <summary>So many messages of the row are settled, on disk. Not before: a row that goes while one of them is not written down anywhere else would lose it.</summary>
    private void Count(Delivery row, int settled, bool isRemoved)
    {
        row.Open -= settled;
        if (row.Open > 0)
            return;
        if (!isRemoved)
            _left.Add(row.Id);
        if (row.Attempts > 0)
            _retrying.Remove(row.Id);
    }

    /// <summary>Rows that several calls brought, once the last of them is settled.</summary>
    private async Task RemoveLeftAsync()
    {
        List<long> left;
        lock (_sync)
        {
            if (_left.Count == 0)
                return;
            left = [.. _left];
            _left.Clear();
        }

        try
        {
            await _database.WriteAsync(session =>
            {
                DeliveryTable.Delete(session, left);
                return left.Count;
            }, isOneStatement: true);
        }
        catch (Exception error)
        {
            // All of it is settled; the row is taken off with the next one.
            Log.DeliveryFailed(_log, error, AppId);
            lock (_sync)
                _left.AddRange(left);
        }
    }

    /// <summary>They are in the database as they were, and come again after a pause.</summary>
    private void PutBack(Lane lane, List<Message> messages, TimeSpan pause)
    {
        lock (_sync)
            lane.PutBack(messages);
        Volatile.Write(ref _pauseUntil, Now + (long)pause.TotalMilliseconds);
        Look();
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
