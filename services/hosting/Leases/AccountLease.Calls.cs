using Gateway.Contracts.Accounts;

namespace Gateway.Hosting.Leases;

/// <summary>The calls to the account: one after the other, numbered, and repeated word for word until they are answered.</summary>
public sealed partial class AccountLease
{
    /// <summary>Serves those who wait, in their order, until nobody does.</summary>
    private async Task PumpAsync()
    {
        while (true)
        {
            List<Waiter> batch = [];
            lock (_sync)
            {
                while (_waiting.TryDequeue(out var waiter))
                {
                    if (TakeLocked(waiter.Need) is { } taken)
                        waiter.Taken.TrySetResult(taken);
                    else
                        batch.Add(waiter);
                }

                if (batch.Count == 0)
                {
                    _pumping = false;
                    return;
                }
            }

            await ServeAsync(batch);

            // Not all of them at once: the others one by one, so that exactly those pass that fit.
            QuotaRefusal? last = null;
            foreach (var waiter in batch.Where(static w => !w.Taken.Task.IsCompleted))
            {
                if (last is not null && IsCoveredBy(waiter.Need, last))
                    waiter.Taken.TrySetException(new QuotaRefusedException(last));
                else
                    await ServeAsync([waiter]);
                last = (waiter.Taken.Task.Exception?.InnerException as QuotaRefusedException)?.Refusal;
            }
        }
    }

    /// <summary>A single one that is not covered is told; of several those that are not are left, to be asked for one by one.</summary>
    private async Task ServeAsync(List<Waiter> batch)
    {
        var need = default(Allowance);
        foreach (var waiter in batch)
            need += waiter.Need;
        Allowance want;
        lock (_sync)
            want = WantLocked(batch[0].Need);
        var (grant, failure) = await CallAsync(need, want, returnFree: true, CancellationToken.None, batch);
        if (failure is not null)
        {
            foreach (var waiter in batch)
                waiter.Taken.TrySetException(failure);
        }
        else if (grant!.Refusal is { } refusal && batch is [var only])
        {
            only.Taken.TrySetException(new QuotaRefusedException(refusal));
        }
    }

    /// <summary>Who needs at least as much of what was refused is refused as well, without asking.</summary>
    private static bool IsCoveredBy(Allowance need, QuotaRefusal refusal) => refusal.Needed <= refusal.Dimension switch
    {
        QuotaDimension.Budget => need.Money,
        QuotaDimension.Concurrency => need.Slots,
        var rate => need[rate],
    };

    private async Task<(LeaseGrant? Grant, Exception? Failure)> CallAsync(
        Allowance need, Allowance want, bool returnFree, CancellationToken cancellationToken, List<Waiter>? batch = null)
    {
        await _calling.WaitAsync(cancellationToken);
        try
        {
            await RepeatReturnAsync();

            // A call whose answer was lost is repeated first, word for word: the account may have debited it.
            if (_unanswered is { } lost)
                Take(lost, await SendAsync(lost), time.GetTimestamp(), null);

            LeaseRequest request;
            lock (_sync)
            {
                var back = returnFree ? TakeFree() : default;
                _recalled &= !returnFree;
                request = new LeaseRequest
                {
                    LeaseId = leaseId,
                    Sequence = ++_sequence,
                    Need = need,
                    Want = want,
                    Return = back,
                    Finished = _finished,
                    Refused = TakeRefused(),
                    Slots = _slots + _free.Slots,
                };
            }

            _unanswered = request;
            var started = time.GetTimestamp();
            var grant = await SendAsync(request);
            Take(request, grant, started, batch);
            return (grant, null);
        }
        catch (Exception e)
        {
            return (null, e);
        }
        finally
        {
            _calling.Release();
        }
    }

    private async Task<LeaseGrant> SendAsync(LeaseRequest request)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                counters.Called();
                return await account.AcquireLeaseAsync(request);
            }
            catch (Exception) when (attempt < Retries.Length)
            {
                await Task.Delay(Retries[attempt], time);
            }
        }
    }

    private void Take(LeaseRequest request, LeaseGrant grant, long started, List<Waiter>? batch)
    {
        lock (_sync)
        {
            _unanswered = null;
            // The account knew nothing of this lease: what was at hand before this call is void.
            if (grant.Opened && request.Sequence > 1)
            {
                TakeFree();
                _finished = 0;
                _epoch++;
            }

            _status = grant.Status;
            _ceiling = grant.Status.Ceiling;
            _lifetime = TimeSpan.FromMilliseconds(grant.LifetimeMs);
            _lastCall = started;
            _validUntil = started + (long)(_lifetime.TotalSeconds * time.TimestampFrequency);
            // Until what is free has gone back, whatever other calls are answered before.
            _recalled |= grant.Recall;
            _free += grant.Granted;
            if (grant.Refusal is { } refusal)
                counters.Refused(refusal);
            if (batch is null || grant.Refusal is not null)
                return;

            // Those who waited come before those who have come since.
            foreach (var waiter in batch)
            {
                if (TakeLocked(waiter.Need) is { } taken)
                {
                    if (!waiter.Taken.TrySetResult(taken))
                        GiveBack(taken, default);
                }
                else if (batch.Count == 1)
                {
                    waiter.Taken.TrySetException(new QuotaRefusedException(null));
                }
            }
        }
    }

    /// <summary>A return whose answer was lost is said again, word for word: the account takes it once.</summary>
    private async Task RepeatReturnAsync()
    {
        if (_unreturned is not { } lost)
            return;
        counters.Called();
        await account.ReturnLeaseAsync(lost);
        _unreturned = null;
    }
}
