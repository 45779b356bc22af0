using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// Brings one app its messages, a bounded number of calls at a time. A message leaves the database only once the app has taken it or it is
/// dead-lettered.
/// <code>
///   database --fresh rows, by id; failed ones, when due--> a queue for each subscription --calls--> app
///                                                            (bulk: all that has gathered, in one)
/// </code>
/// </summary>
internal sealed class DeliveryPump : IAsyncDisposable
{
    private const int ReadAtOnce = 512;
    private const long AwayMilliseconds = 500;
    private static readonly TimeSpan FaultWait = TimeSpan.FromSeconds(1);

    // Timers take some 49 days at most; what is further off is simply looked at again.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly ResourceSet _resources;
    private readonly Database _database;
    private readonly Broker _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly EventPost _post;
    private readonly List<Lane> _lanes;

    /// <summary>Rows in memory, waiting or under way.</summary>
    private readonly HashSet<long> _known = [];
    private readonly Lock _sync = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly HashSet<Task> _calls = [];
    private Task _pump = Task.CompletedTask;

    /// <summary>Fresh rows up to here have been read.</summary>
    private long _cursor;
    private bool _mayHaveMore = true;

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
        _lanes = [.. subscriptions.Select(s => new Lane(s))];
    }

    public string AppId { get; }

    public IReadOnlyList<TopicSubscription> Subscriptions { get; }

    public bool Takes(string pubSub, string topic) => LaneOf(pubSub, topic) is not null;

    public void Start() => _pump = Task.Run(PumpAsync);

    /// <summary>There is something new.</summary>
    public void Wake()
    {
        Volatile.Write(ref _mayHaveMore, true);
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

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private Task UnderWay()
    {
        lock (_sync)
            return Task.WhenAll(_calls.ToArray());
    }

    private void Look()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is to look again already.
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
                    Read(now);
                    foreach (var lane in _lanes)
                        Dispatch(lane);
                }

                await WaitAsync(now < pause ? pause : _nextRetry, now);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                Log.DeliveryFailed(_log, error, AppId);
                Forget([], FaultWait);
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

    /// <summary>More rows for the queues, as far as they have room.</summary>
    private void Read(long now)
    {
        if (RetryIsDue(now))
        {
            var before = Known();
            var due = Query("due > 0 AND due <= $2 ORDER BY due, id", now);
            long next = due.Count == ReadAtOnce ? now : _database.Read(session =>
                session.Scalar("SELECT COALESCE(MIN(due), -1) FROM deliveries WHERE app = $1 AND due > $2", AppId, now));
            lock (_sync)
                _nextRetry = next >= 0 && !(_nextRetry <= next) ? next : _nextRetry;
            Enqueue(due, before);
        }

        if (_lanes.Sum(l => l.Waiting.Count) >= ReadAtOnce || !Volatile.Read(ref _mayHaveMore))
            return;
        // Before the query: what is published meanwhile sets it again.
        Volatile.Write(ref _mayHaveMore, false);
        var cursor = Volatile.Read(ref _cursor);
        // Behind the cursor nothing has ever been read.
        var known = cursor == 0 ? Known() : null;
        var fresh = Query("due = 0 AND id > $2 ORDER BY id", cursor);
        if (fresh.Count == 0)
            return;
        Interlocked.CompareExchange(ref _cursor, fresh[^1].Id, cursor);
        if (fresh.Count == ReadAtOnce)
            Volatile.Write(ref _mayHaveMore, true);
        Enqueue(fresh, known);
    }

    private List<Delivery> Query(string which, long value) => _database.Read(session => session.Query(
        $"SELECT id, pubsub, topic, body, raw, metadata, traceparent, attempts, expires FROM deliveries WHERE app = $1 AND {which} LIMIT $3",
        row => new Delivery(
            row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetFieldValue<byte[]>(3), row.GetInt64(4) != 0, row.GetString(5), row.GetString(6), row.GetInt32(7),
            row.IsDBNull(8) ? null : row.GetInt64(8)),
        AppId, value, ReadAtOnce));

    private bool RetryIsDue(long now)
    {
        lock (_sync)
        {
            if (!(_nextRetry <= now))
                return false;
            // What fails from here on notes its own time again.
            _nextRetry = null;
            return true;
        }
    }

    /// <summary>As it is before a query: a row that is being taken off meanwhile is known no more when its rows arrive, and must not be delivered again.</summary>
    private HashSet<long> Known()
    {
        lock (_sync)
            return [.. _known];
    }

    private void Enqueue(List<Delivery> rows, HashSet<long>? known)
    {
        lock (_sync)
            rows.RemoveAll(row => known?.Contains(row.Id) == true || !_known.Add(row.Id));
        foreach (var row in rows)
        {
            // A topic that nobody wants any more: the row is taken off like a delivered one.
            (LaneOf(row.PubSub, row.Topic) ?? _orphans).Waiting.Enqueue(row);
        }

        Dispatch(_orphans);
    }

    private readonly Lane _orphans = new(null);

    private void Dispatch(Lane lane)
    {
        while (lane.Waiting.Count > 0 && Volatile.Read(ref lane.Calls) < lane.MaxCalls)
        {
            var batch = new List<Delivery>(Math.Min(lane.Waiting.Count, lane.MaxBatch));
            while (batch.Count < lane.MaxBatch && lane.Waiting.TryDequeue(out var row))
                batch.Add(row);
            Interlocked.Increment(ref lane.Calls);
            lock (_sync)
            {
                var call = Task.Run(() => DeliverAsync(lane, batch));
                _calls.Add(call);
                _ = call.ContinueWith(Done, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }

        void Done(Task call)
        {
            lock (_sync)
                _calls.Remove(call);
            Interlocked.Decrement(ref lane.Calls);
            Look();
        }
    }

    private async Task DeliverAsync(Lane lane, List<Delivery> batch)
    {
        try
        {
            var now = Now;
            var outcomes = new DeliveryOutcome[batch.Count];
            var wanted = lane.Subscription is null ? [] : batch.Where(d => !(d.Expires <= now)).ToList();
            if (wanted.Count > 0)
            {
                var answers = await _post.PostAsync(wanted, lane.Subscription!, _abort.Token);
                for (int i = 0, w = 0; i < batch.Count && w < wanted.Count; i++)
                {
                    if (ReferenceEquals(batch[i], wanted[w]))
                        outcomes[i] = answers[w++];
                }
            }

            await SettleAsync(lane.Subscription, batch, outcomes);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Still in the store, and due at the next start.
        }
        catch (Exception error)
        {
            Log.DeliveryFailed(_log, error, AppId);
            Forget(batch, FaultWait);
        }
    }

    /// <summary>Writes down what became of them, all at once.</summary>
    private async Task SettleAsync(TopicSubscription? subscription, List<Delivery> batch, DeliveryOutcome[] outcomes)
    {
        var done = new List<long>(batch.Count);
        var again = new List<(Delivery Delivery, long Due)>();
        var letters = new List<Delivery>();
        var away = new List<Delivery>();
        for (var i = 0; i < batch.Count; i++)
        {
            var delivery = batch[i];
            switch (outcomes[i])
            {
                case DeliveryOutcome.Away:
                    away.Add(delivery);
                    break;
                // Without a policy a failed delivery is acknowledged all the same: that is how pubsub.redis has behaved since 1.17.
                case DeliveryOutcome.Retry when _resources.InboundRetry(AppId, delivery.PubSub)?.NextWait(delivery.Attempts + 1) is { } wait:
                    again.Add((delivery, Now + (long)wait.TotalMilliseconds));
                    break;
                case DeliveryOutcome.Retry or DeliveryOutcome.Drop:
                    if (outcomes[i] == DeliveryOutcome.Drop)
                        Log.Dropped(_log, delivery.Topic, AppId);
                    Log.GaveUp(_log, delivery.Topic, AppId, subscription?.DeadLetterTopic ?? "(none)");
                    if (string.IsNullOrEmpty(subscription?.DeadLetterTopic))
                        done.Add(delivery.Id);
                    else
                        letters.Add(delivery);
                    break;
                default:
                    if (outcomes[i] == DeliveryOutcome.NoHandler)
                        Log.NoHandler(_log, delivery.Topic, AppId);
                    done.Add(delivery.Id);
                    break;
            }
        }

        if (done.Count + again.Count > 0)
        {
            await _database.WriteAsync(session =>
            {
                foreach (var id in done)
                    session.Execute("DELETE FROM deliveries WHERE id = $1", id);
                foreach (var (delivery, due) in again)
                    session.Execute("UPDATE deliveries SET attempts = $1, due = $2 WHERE id = $3", delivery.Attempts + 1, due, delivery.Id);
                return done.Count;
            }, isOneStatement: done.Count + again.Count == 1);
        }

        foreach (var letter in letters)
            await _broker.DeadLetterAsync(letter, subscription!.DeadLetterTopic!);
        Finished(batch.Except(away), again.Count > 0 ? again.Min(a => a.Due) : null);
        if (away.Count > 0)
            Forget(away, TimeSpan.FromMilliseconds(AwayMilliseconds));
    }

    private void Finished(IEnumerable<Delivery> deliveries, long? retry)
    {
        lock (_sync)
        {
            foreach (var delivery in deliveries)
                _known.Remove(delivery.Id);
            if (retry is not null && !(_nextRetry <= retry))
                _nextRetry = retry;
        }
    }

    /// <summary>They are in the database as they were, and are read again after a pause.</summary>
    private void Forget(List<Delivery> deliveries, TimeSpan pause)
    {
        lock (_sync)
        {
            foreach (var delivery in deliveries)
                _known.Remove(delivery.Id);
            Volatile.Write(ref _cursor, 0);
            _nextRetry = 0;
        }

        Volatile.Write(ref _pauseUntil, Now + (long)pause.TotalMilliseconds);
        Wake();
    }

    private Lane? LaneOf(string pubSub, string topic)
    {
        foreach (var lane in _lanes)
        {
            if (lane.Subscription!.PubSub == pubSub && lane.Subscription.Topic == topic)
                return lane;
        }

        return null;
    }

    /// <summary>The messages of one subscription.</summary>
    private sealed class Lane(TopicSubscription? subscription)
    {
        public int Calls;

        public TopicSubscription? Subscription => subscription;

        public Queue<Delivery> Waiting { get; } = new();

        public int MaxBatch => subscription is null ? ReadAtOnce : subscription.MaxBulk ?? 1;

        /// <summary>Few at a time in bulk, so that what comes meanwhile gathers.</summary>
        public int MaxCalls => subscription?.MaxBulk is null ? 16 : 2;
    }
}
