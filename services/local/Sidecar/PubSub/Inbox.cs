using System.Globalization;
using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// Brings one app its messages of one pub/sub component, as a daprd does with pubsub.redis: a bounded number of workers, each of which holds a
/// message through all its tries. Messages come from memory as they are published; the table is read at the start and for what did not fit.
/// What is done with leaves the table a little later, many at a time; whatever else happens to a worker, the message is still there.
/// <code>
///   broker --fresh rows--> waiting --> workers --one call each----------------------> app
///   table --at the start, what did not fit--^     `--bulk: gathered by BulkLoop, --^
///   pending longer than processingTimeout ----^       one call, the workers wait
/// </code>
/// </summary>
internal sealed class Inbox : IAsyncDisposable
{
    private const int ReadAtOnce = 256;
    private const int MaxWaiting = 4096;
    private const int MaxWaitingBytes = 32 * 1024 * 1024;

    /// <summary>Nobody waits for it, and many go in one statement and one flush to the disk.</summary>
    private static readonly TimeSpan RemovalDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan FaultWait = TimeSpan.FromSeconds(1);

    /// <summary>The publisher waits. What takes longer is stored, and comes again.</summary>
    private static readonly TimeSpan AtOnceLimit = TimeSpan.FromSeconds(2);

    private readonly AppChannel _app;
    private readonly string _pubSub;
    private readonly Dictionary<string, TopicSubscription> _subscriptions;
    private readonly RetryPolicy? _retry;
    private readonly Database _database;
    private readonly Broker _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Action<Exception> _panic;
    private readonly EventPost _post;
    private readonly int _concurrency, _claimAtOnce;
    private readonly TimeSpan _processingTimeout;
    private readonly ITimer _claiming;

    private readonly Lock _sync = new();
    private readonly Queue<Delivery> _waiting = new();

    /// <summary>What a worker has taken and nobody has settled, and since when, in Unix milliseconds.</summary>
    private readonly Dictionary<long, (Delivery Row, long Since)> _pending = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Dictionary<string, BulkLoop> _bulk = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Of the subscription's life, from one good state of the app to the next bad one; null: it has none now.</summary>
    private CancellationTokenSource? _life;
    private List<long> _done = [];
    private Task _removing = Task.CompletedTask;
    private long _waitingBytes;
    private int _workers;

    /// <summary>Rows up to the cursor have come to memory; with <see cref="_behind"/> there are others, up to <see cref="_offered"/> at least.</summary>
    private long _cursor, _offered;
    private bool _behind = true, _isReading, _isRemoving;

    public Inbox(
        AppChannel app, Component component, IReadOnlyList<TopicSubscription> subscriptions, RetryPolicy? retry, Database database, Broker broker,
        TimeProvider time, ILogger log, Action<Exception> panic)
    {
        _app = app;
        _pubSub = component.Name;
        _subscriptions = subscriptions.ToDictionary(s => s.Topic, StringComparer.Ordinal);
        _retry = retry;
        _database = database;
        _broker = broker;
        _time = time;
        _log = log;
        _panic = panic;
        _post = new EventPost(app);
        // pubsub.redis' own defaults. It takes a number of milliseconds for the interval, and no other form.
        _concurrency = Number(component, "concurrency") ?? 10;
        _claimAtOnce = Number(component, "queueDepth") ?? 100;
        _processingTimeout = component.Metadata.GetValueOrDefault("processingTimeout") is { } text && GoDuration.TryParse(text, out var timeout)
            ? timeout
            : TimeSpan.FromMilliseconds(Number(component, "processingTimeout") ?? 60_000);
        var interval = TimeSpan.FromMilliseconds(Number(component, "redeliverInterval") ?? 15_000);
        _claiming = time.CreateTimer(_ => Claim(), null, interval, interval);
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private bool IsOpen => _life is not null && !_stop.IsCancellationRequested;

    /// <summary>A fresh row is on the disk. Called in the order of the rows.</summary>
    public void Offer(Delivery row)
    {
        lock (_sync)
        {
            _offered = row.Id;
            // A look at the table may have found it already.
            if (row.Id <= _cursor)
                return;
            _behind |= _waiting.Count >= MaxWaiting || _waitingBytes >= MaxWaitingBytes;
            if (!_behind)
                Add(row);
            StartWorkers(1);
        }
    }

    /// <summary>Brings what has just been published to the app in one call, where its topic goes that way and nothing waits before it.</summary>
    /// <returns>What the app has not taken: it is to be stored.</returns>
    public async Task<List<Delivery>> HandAsync(List<Delivery> rows)
    {
        CancellationToken life;
        lock (_sync)
        {
            if (!IsOpen || _behind || _waiting.Count > 0 || _subscriptions.GetValueOrDefault(rows[0].Topic) is not { AtOnce: true })
                return rows;
            life = _life!.Token;
            // A drain waits for it.
            _workers++;
        }

        try
        {
            using var limit = new CancellationTokenSource(AtOnceLimit, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(life, limit.Token);
            var outcomes = await _post.PostAsync(rows, _subscriptions[rows[0].Topic], either.Token);
            return rows.Where((_, i) => outcomes[i] != DeliveryOutcome.Success).ToList();
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException)
        {
            return rows;
        }
        finally
        {
            EndWorker();
        }
    }

    public void Open()
    {
        lock (_sync)
        {
            if (_life is not null || _stop.IsCancellationRequested)
                return;
            _life = CancellationTokenSource.CreateLinkedTokenSource(_abort.Token);
            foreach (var subscription in _subscriptions.Values.Where(s => s.MaxBulk is not null))
                _bulk[subscription.Topic] = new BulkLoop(subscription, _post, _retry, _time, Panic, _life.Token);
            StartWorkers(_concurrency);
        }
    }

    public void Close()
    {
        CancellationTokenSource? life;
        lock (_sync)
            (life, _life) = (_life, null);
        life?.Cancel();
    }

    /// <summary>Starts no more deliveries and waits for those under way, though not for further tries of what has failed.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        await _stop.CancelAsync();
        lock (_sync)
        {
            if (_workers == 0)
                _idle.TrySetResult();
        }

        await _idle.Task.WaitAsync(cancellation);
        await _removing.WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _abort.CancelAsync();
        await DrainAsync(CancellationToken.None);
        await _claiming.DisposeAsync();
        Close();
    }

    private void Add(Delivery row)
    {
        _cursor = Math.Max(_cursor, row.Id);
        _waitingBytes += row.Body.Length;
        _waiting.Enqueue(row);
    }

    private void StartWorkers(int count)
    {
        for (; count > 0 && IsOpen && _workers < _concurrency && (_waiting.Count > 0 || _behind); count--)
        {
            _workers++;
            _ = Task.Run(WorkAsync);
        }
    }

    private async Task WorkAsync()
    {
        try
        {
            while (Take() is { } row)
                await HandleAsync(row);
        }
        catch (OperationCanceledException)
        {
            // The subscription has ended, or the sidecar does: what was in hand stays pending, and in the table.
        }
        catch (Exception error)
        {
            Log.DeliveryFailed(_log, error, _app.AppId);
        }

        EndWorker();
    }

    private void EndWorker()
    {
        lock (_sync)
        {
            if (--_workers == 0 && _stop.IsCancellationRequested)
                _idle.TrySetResult();
            // One that failed must not leave the others' work lying.
            StartWorkers(Math.Min(1, _waiting.Count));
        }
    }

    /// <summary>The next message; null: there is none, or none is to be begun.</summary>
    private Delivery? Take()
    {
        while (true)
        {
            lock (_sync)
            {
                if (!IsOpen)
                    return null;
                if (_waiting.TryDequeue(out var row))
                {
                    _waitingBytes -= row.Body.Length;
                    _pending[row.Id] = (row, Now);
                    return row;
                }

                if (!_behind || _isReading)
                    return null;
                _isReading = true;
            }

            Read();
        }
    }

    private void Read()
    {
        List<Delivery>? rows = null;
        try
        {
            // While it is behind, the cursor is the reader's alone.
            rows = _database.Read(session => DeliveryTable.After(session, _app.AppId, _pubSub, _cursor, ReadAtOnce));
        }
        finally
        {
            lock (_sync)
            {
                rows?.ForEach(Add);
                _behind = rows is null or { Count: ReadAtOnce } || _offered > _cursor;
                _isReading = false;
                StartWorkers(_waiting.Count);
            }
        }
    }

    private async Task HandleAsync(Delivery row)
    {
        CancellationTokenSource? life;
        BulkLoop? bulk;
        lock (_sync)
            (life, bulk) = (_life, _bulk.GetValueOrDefault(row.Topic));
        if (life is null)
            return;
        var subscription = _subscriptions.GetValueOrDefault(row.Topic);
        var outcome = subscription is null || row.Expires <= Now ? DeliveryOutcome.Success
            // Whoever waits for a batch waits for it even when the subscription has ended, and the batch will never come: so does daprd, whose
            // workers are gone then until it is started again.
            : bulk is not null ? await bulk.HandAsync(row).WaitAsync(_abort.Token)
            : await TryAsync(row, subscription, life.Token);
        if (outcome != DeliveryOutcome.Success)
            await GiveUpAsync(row, outcome, subscription!.DeadLetterTopic);
        Remove(row.Id);
    }

    private async Task<DeliveryOutcome> TryAsync(Delivery row, TopicSubscription subscription, CancellationToken life)
    {
        var first = _time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            var outcome = await _post.PostAsync(row, subscription, life);
            // Without a policy a failed delivery is acknowledged all the same: that is how pubsub.redis has behaved since 1.17.
            if (outcome != DeliveryOutcome.Retry || _retry?.NextWait(tries, _time.GetElapsedTime(first)) is not { } wait)
                return outcome;
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(life, _stop.Token);
            await Task.Delay(wait, _time, waiting.Token);
        }
    }

    private Task GiveUpAsync(Delivery row, DeliveryOutcome outcome, string? deadLetterTopic)
    {
        if (outcome == DeliveryOutcome.Drop)
            Log.Dropped(_log, row.Topic, _app.AppId);
        else if (outcome == DeliveryOutcome.NoHandler)
            Log.NoHandler(_log, row.Topic, _app.AppId);
        Log.GaveUp(_log, row.Topic, _app.AppId, string.IsNullOrEmpty(deadLetterTopic) ? "(none)" : deadLetterTopic);
        return string.IsNullOrEmpty(deadLetterTopic) ? Task.CompletedTask : _broker.DeadLetterAsync(row, deadLetterTopic);
    }

    /// <summary>Pending for too long, whoever has it: it comes again, beside tries that may still go on.</summary>
    private void Claim()
    {
        lock (_sync)
        {
            if (!IsOpen)
                return;
            var now = Now;
            foreach (var (row, _) in _pending.Values.Where(p => now - p.Since >= _processingTimeout.TotalMilliseconds).Take(_claimAtOnce).ToList())
            {
                _pending[row.Id] = (row, now);
                _waiting.Enqueue(row);
                _waitingBytes += row.Body.Length;
            }

            StartWorkers(_concurrency);
        }
    }

    private void Remove(long id)
    {
        lock (_sync)
        {
            _pending.Remove(id);
            _done.Add(id);
            if (_isRemoving)
                return;
            _isRemoving = true;
            _removing = RemoveAsync();
        }
    }

    private async Task RemoveAsync()
    {
        var wait = RemovalDelay;
        while (true)
        {
            await Task.Delay(wait, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var done = new List<long>();
            try
            {
                await _database.WriteAsync(session =>
                {
                    // Taken here, so that what is settled while others write goes with it.
                    lock (_sync)
                        (done, _done) = (_done, []);
                    DeliveryTable.Delete(session, done);
                    return done.Count;
                }, isOneStatement: true);
                wait = RemovalDelay;
            }
            catch (Exception error)
            {
                Log.DeliveryFailed(_log, error, _app.AppId);
                lock (_sync)
                    _done.AddRange(done);
                wait = FaultWait;
            }

            lock (_sync)
            {
                // At the end, what could not be removed comes again at the next start.
                _isRemoving = _done.Count > 0 && !(wait == FaultWait && _stop.IsCancellationRequested);
                if (!_isRemoving)
                    return;
            }
        }
    }

    private void Panic(Exception error)
    {
        Close();
        _panic(error);
    }

    private static int? Number(Component component, string name) =>
        int.TryParse(component.Metadata.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null;
}
