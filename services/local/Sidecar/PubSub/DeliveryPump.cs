using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// Brings one app its messages, a bounded number of calls at a time. A message leaves the database only once the app has taken it or it is
/// dead-lettered; what was published in bulk and is taken at once never gets there. What is published comes over memory as soon as it is on
/// the disk; the database is read at the start, for what did not fit
/// into memory, and for what failed.
/// <code>
///   broker --fresh rows--------------------------------------------> a lane for each subscription --calls--> app
///   database --fresh rows that did not fit; failed ones, when due-->   (bulk: all that has gathered, in one)
/// </code>
/// </summary>
internal sealed class DeliveryPump : IAsyncDisposable
{
    private static readonly TimeSpan AwayWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FaultWait = TimeSpan.FromSeconds(1);

    /// <summary>A subscriber that is free takes most within this time, and what it takes is never written.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    // Timers take some 49 days at most; what is further off is simply looked at again.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly ResourceSet _resources;
    private readonly Database _database;
    private readonly Broker _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly EventPost _post;
    private readonly Backlog _backlog;
    private readonly Lock _sync = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource _abort = new();
    private Task _pump = Task.CompletedTask;
    private TaskCompletionSource? _idle;
    private int _calls;
    private long _pauseUntil;

    public DeliveryPump(
        AppChannel app, IReadOnlyList<TopicSubscription> subscriptions, ResourceSet resources, Database database, Broker broker, TimeProvider time, ILogger log)
    {
        AppId = app.AppId;
        Subscriptions = subscriptions;
        _resources = resources;
        _database = database;
        _broker = broker;
        _time = time;
        _log = log;
        _post = new EventPost(app);
        _stopping = _stop.Token;
        _backlog = new Backlog(AppId, subscriptions, database);
    }

    public string AppId { get; }

    public IReadOnlyList<TopicSubscription> Subscriptions { get; }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public bool Takes(string pubSub, string topic) => Subscriptions.Any(s => s.PubSub == pubSub && s.Topic == topic);

    public void Start() => _pump = Task.Run(PumpAsync);

    /// <summary>A fresh row is on the disk. Called in the order of the rows.</summary>
    public void Offer(Delivery row)
    {
        _backlog.Offer(row);
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

    /// <summary>Takes rows of one topic that are not on the disk, if their subscriber is free for them.</summary>
    /// <returns>Completes when none of them is in memory alone any more; null: they have to be stored first.</returns>
    public Task? TryTake(IReadOnlyList<Delivery> rows)
    {
        if (_stopping.IsCancellationRequested || Now < Volatile.Read(ref _pauseUntil))
            return null;
        var held = rows.Select(row => row with { Custody = new Custody() }).ToList();
        if (!_backlog.TryTake(held))
            return null;
        Look();
        return held.Count == 1 ? KeepAsync(held[0], held[0].Custody!) : Task.WhenAll(held.Select(row => KeepAsync(row, row.Custody!)));
    }

    private async Task KeepAsync(Delivery row, Custody custody)
    {
        try
        {
            await custody.Ended.WaitAsync(Patience, _stopping);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            long id = 0;
            await custody.StoreAsync(
                () => _database.WriteAsync(
                    session => id = DeliveryTable.Insert(session, AppId, row, DeliveryTable.Held).Id, isOneStatement: true, () => row.Id = id));
        }
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
                    _backlog.ReadDue(now);
                    while (_backlog.ReadFresh())
                        Dispatch();
                    Dispatch();
                }

                await WaitAsync(now < pause ? pause : _backlog.NextRetry, now);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                Log.DeliveryFailed(_log, error, AppId);
                Pause(FaultWait);
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

    private void Dispatch()
    {
        while (_backlog.Begin() is var (lane, batch))
        {
            lock (_sync)
                _calls++;
            _ = Task.Run(() => DeliverAsync(lane, batch));
        }
    }

    private async Task DeliverAsync(Lane lane, List<Message> batch)
    {
        try
        {
            var outcomes = lane.Subscription is { } subscription
                ? await _post.PostAsync(batch, subscription, Now, _abort.Token)
                : new DeliveryOutcome[batch.Count];
            await SettleAsync(lane, batch, outcomes);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Still in the store, and due at the next start.
        }
        catch (Exception error)
        {
            // They are in the store as they were, and come again.
            Log.DeliveryFailed(_log, error, AppId);
            _backlog.PutBack(lane, batch);
            Pause(FaultWait);
        }
        finally
        {
            _backlog.End(lane);
            lock (_sync)
            {
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
        var rows = new List<(Delivery Row, int Messages, bool IsRemoved)>();
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
            var isRemoved = settled == row.Open && row.Custody is null;
            if (isRemoved)
                settlement.Done(row);
            rows.Add((row, settled, isRemoved));
        }

        if (settlement.Statements > 0)
            await _database.WriteAsync(settlement.Write, isOneStatement: settlement.Statements == 1, settlement.HandOver);
        _backlog.Settled(rows, settlement.Retry);
        if (away.Count > 0)
        {
            _backlog.PutBack(lane, away);
            Pause(AwayWait);
        }

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

    /// <summary>Rows that several calls brought, once the last of them is settled.</summary>
    private async Task RemoveLeftAsync()
    {
        if (_backlog.TakeLeft() is not { } left)
            return;
        try
        {
            foreach (var row in left)
            {
                if (row.Custody is { } custody)
                    await custody.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            var ids = left.Where(row => row.Id != 0).Select(row => row.Id).ToList();
            await _database.WriteAsync(session =>
            {
                DeliveryTable.Delete(session, ids);
                return ids.Count;
            }, isOneStatement: true);
        }
        catch (Exception error)
        {
            // All of them is settled; they are taken off after the next call.
            Log.DeliveryFailed(_log, error, AppId);
            _backlog.PutBackLeft(left);
        }
    }

    private void Pause(TimeSpan time)
    {
        Volatile.Write(ref _pauseUntil, Now + (long)time.TotalMilliseconds);
        Look();
    }
}
