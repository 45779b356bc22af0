using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Usage;

/// <summary>
/// Events on their way to one account. While the account is busy with some, those that arrive meanwhile are collected and brought together:
/// a busy key costs one turn and one write for many events, and leases of the same account do not queue behind each single one.
/// </summary>
internal sealed class AccountInbox(IAccountActor account)
{
    /// <summary>What larger batches save is little, and they make arrays that the garbage collector keeps apart.</summary>
    private const int MaxBatch = 32;

    private readonly Lock _sync = new();
    private readonly Queue<(UsageEvent Event, TaskCompletionSource Done)> _waiting = new();
    private bool _busy;

    /// <summary>Completes when the account has the event for good.</summary>
    public Task AddAsync(UsageEvent e)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_sync)
        {
            _waiting.Enqueue((e, done));
            if (_busy)
                return done.Task;
            _busy = true;
        }

        _ = BringAsync();
        return done.Task;
    }

    private async Task BringAsync()
    {
        var batch = new List<(UsageEvent Event, TaskCompletionSource Done)>();
        while (true)
        {
            batch.Clear();
            lock (_sync)
            {
                while (batch.Count < MaxBatch && _waiting.TryDequeue(out var next))
                    batch.Add(next);
                if (batch.Count == 0)
                {
                    _busy = false;
                    return;
                }
            }

            try
            {
                await account.RecordUsageBatchAsync(new UsageBatch { Events = batch.ConvertAll(b => b.Event) });
                batch.ForEach(b => b.Done.SetResult());
            }
            catch (Exception e) when (batch.Count == 1)
            {
                batch[0].Done.SetException(e);
            }
            catch (Exception)
            {
                await OneByOneAsync(batch);
            }
        }
    }

    /// <summary>One event that cannot be recorded must not hold the others up.</summary>
    private async Task OneByOneAsync(List<(UsageEvent Event, TaskCompletionSource Done)> batch)
    {
        foreach (var (e, done) in batch)
        {
            try
            {
                await account.RecordUsageAsync(e);
                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        }
    }
}
