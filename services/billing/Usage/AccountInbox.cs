using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Usage;

/// <summary>
/// Events on their way to one account. While the account is busy with some, those that arrive meanwhile are collected and brought together:
/// a busy key costs one turn and one write for many events, and leases of the same account do not queue behind each single one.
/// </summary>
/// <param name="id">The account's.</param>
/// <param name="account">The account.</param>
/// <param name="keepsEvents">Whether it wants the events' bytes, too.</param>
/// <param name="recorded">What is to be done when it has some, before anybody is told so; null: nothing.</param>
/// <param name="gathering">For how long it waits for more before each turn that would not be full; null: for no time.</param>
internal sealed class AccountInbox(string id, IAccountActor account, bool keepsEvents, Func<Task>? recorded = null, TimeSpan? gathering = null)
{
    /// <summary>What larger batches save is little, and they make arrays that the garbage collector keeps apart.</summary>
    private const int MaxBatch = 64;
    private const int MaxBatchBytes = 60_000;

    /// <summary>About what an entry takes besides the event's own bytes, which grow by a third on their way, as base64.</summary>
    private const int EntryBytes = 400;

    private readonly Lock _sync = new();
    private readonly Queue<Arrival> _waiting = new();
    private bool _busy;

    /// <summary>For each of them a task that completes when the account has the event for good, or fails with why not.</summary>
    public Task[] Add(IReadOnlyList<UsageDelivery> deliveries)
    {
        var done = new Task[deliveries.Count];
        bool isFirst;
        lock (_sync)
        {
            for (var i = 0; i < done.Length; i++)
            {
                var arrival = new Arrival(deliveries[i]);
                _waiting.Enqueue(arrival);
                done[i] = arrival.Done.Task;
            }

            isFirst = !_busy;
            _busy = true;
        }

        if (isFirst)
            _ = BringAsync();
        return done;
    }

    private async Task BringAsync()
    {
        var batch = new List<Arrival>();
        while (await TakeBatchAsync(batch))
        {
            if (await BringAsync(batch) is not { } failure)
                continue;
            if (batch is [var only])
            {
                only.Done.SetException(failure);
                continue;
            }

            // One event that cannot be recorded must not hold the others up.
            foreach (var arrival in batch)
            {
                if (await BringAsync([arrival]) is { } own)
                    arrival.Done.SetException(own);
            }
        }
    }

    /// <summary>Null when the account has them all; each has been told so.</summary>
    private async Task<Exception?> BringAsync(List<Arrival> batch)
    {
        RecordedUsage? answer;
        try
        {
            answer = await account.RecordUsageAsync(new UsageBatch { Entries = batch.ConvertAll(EntryOf) });
            if (recorded is not null)
                await recorded();
        }
        catch (Exception failure)
        {
            return failure;
        }

        for (var i = 0; i < batch.Count; i++)
        {
            if (answer?.TooOld.Contains(i) is true)
                batch[i].Done.SetException(new TooOldException(id));
            else
                batch[i].Done.SetResult();
        }

        return null;
    }

    private async ValueTask<bool> TakeBatchAsync(List<Arrival> batch)
    {
        if (gathering is { } time && Waiting() is > 0 and < MaxBatch)
            await Task.Delay(time);
        return TakeBatch(batch);
    }

    private int Waiting()
    {
        lock (_sync)
            return _waiting.Count;
    }

    private bool TakeBatch(List<Arrival> batch)
    {
        batch.Clear();
        var bytes = 0;
        lock (_sync)
        {
            while (batch.Count < MaxBatch && _waiting.TryPeek(out var next))
            {
                bytes += EntryBytes + (keepsEvents ? next.Delivery.Bytes : 0);
                if (bytes > MaxBatchBytes && batch.Count > 0)
                    break;
                batch.Add(_waiting.Dequeue());
            }

            return _busy = batch.Count > 0;
        }
    }

    private UsageEntry EntryOf(Arrival arrival) => keepsEvents ? arrival.Delivery.Entry : arrival.Delivery.Entry with { Origin = null, Event = null };

    private sealed class Arrival(UsageDelivery delivery)
    {
        public UsageDelivery Delivery => delivery;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
