using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Usage;

/// <summary>
/// Events on their way to one account. While the account is busy with some, those that arrive meanwhile are collected and brought together:
/// a busy key costs one turn and one write for many events, and leases of the same account do not queue behind each single one.
/// </summary>
/// <param name="account">The account.</param>
/// <param name="keepsEvents">Whether it wants the events' bytes, too.</param>
internal sealed class AccountInbox(IAccountActor account, bool keepsEvents)
{
    /// <summary>What larger batches save is little, and they make arrays that the garbage collector keeps apart.</summary>
    private const int MaxBatch = 64;
    private const int MaxBatchBytes = 60_000;

    /// <summary>About what an entry takes besides the event's own bytes, which grow by a third on their way, as base64.</summary>
    private const int EntryBytes = 400;

    private readonly Lock _sync = new();
    private readonly Queue<(UsageDelivery Delivery, Arrival Arrival)> _waiting = new();
    private bool _busy;

    /// <summary>Completes when the account has each of the events for good, or its failure says why not.</summary>
    public Task AddAsync(List<UsageDelivery> deliveries)
    {
        var arrival = new Arrival(deliveries.Count);
        lock (_sync)
        {
            foreach (var delivery in deliveries)
                _waiting.Enqueue((delivery, arrival));
            if (_busy)
                return arrival.Done;
            _busy = true;
        }

        _ = BringAsync();
        return arrival.Done;
    }

    private async Task BringAsync()
    {
        var batch = new List<(UsageDelivery Delivery, Arrival Arrival)>();
        while (TakeBatch(batch))
        {
            try
            {
                await account.RecordUsageAsync(new UsageBatch { Entries = batch.ConvertAll(b => EntryOf(b.Delivery)) });
            }
            catch (Exception e) when (batch.Count == 1)
            {
                batch[0].Delivery.Failure = e;
            }
            catch (Exception)
            {
                await OneByOneAsync(batch);
            }

            foreach (var (_, arrival) in batch)
                arrival.Count();
        }
    }

    private bool TakeBatch(List<(UsageDelivery Delivery, Arrival Arrival)> batch)
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

    private UsageEntry EntryOf(UsageDelivery delivery) => keepsEvents ? delivery.Entry : delivery.Entry with { Event = null };

    /// <summary>One event that cannot be recorded must not hold the others up.</summary>
    private async Task OneByOneAsync(List<(UsageDelivery Delivery, Arrival Arrival)> batch)
    {
        foreach (var (delivery, _) in batch)
        {
            try
            {
                await account.RecordUsageAsync(new UsageBatch { Entries = [EntryOf(delivery)] });
            }
            catch (Exception failure)
            {
                delivery.Failure = failure;
            }
        }
    }

    /// <summary>Events that came in one call.</summary>
    private sealed class Arrival(int open)
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _open = open;

        public Task Done => _done.Task;

        public void Count()
        {
            if (--_open == 0)
                _done.SetResult();
        }
    }
}
