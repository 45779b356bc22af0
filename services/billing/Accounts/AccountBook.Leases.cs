using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

internal sealed partial class AccountBook
{
    public LeaseGrant Lease(LeaseRequest request, DateTimeOffset now)
    {
        Sweep(now);
        if (!state.Leases.TryGetValue(request.LeaseId, out var lease))
            state.Leases[request.LeaseId] = lease = new LeaseState { Released = true };

        var repeated = request.Sequence <= lease.Sequence;
        if (!repeated)
        {
            lease.Sequence = request.Sequence;
            lease.Slots = Math.Max(0, request.Slots);
            lease.Final = false;
            foreach (var (reason, count) in request.Refused ?? new Dictionary<string, long>())
                state.Refused[reason] = state.Refused.GetValueOrDefault(reason) + Math.Max(0, count);
            PutBack(lease, request.Return, now);
            if (lease.Released)
                Open(lease, request.Sequence);
            else
                lease.Finished = Math.Max(lease.Finished, request.Finished);
            lease.Refusal = Refuse(request.Need, now);
            lease.Granted = lease.Refusal is null ? Grant(lease, request.Need, request.Want, now) : default;
            if (lease.Refusal is not null)
                Recall(request.LeaseId);
        }

        KeepAlive(lease, now);

        // An older call than the last: its answer is of no use to anybody any more, and must not be taken for a grant.
        var current = request.Sequence == lease.Sequence;
        return new()
        {
            Granted = current ? lease.Granted : default,
            Refusal = current ? lease.Refusal : null,
            LifetimeMs = (long)options.LeaseLifetime.TotalMilliseconds,
            Opened = lease.OpenedBy == request.Sequence,
            Recall = TakeRecall(lease),
            Status = Status(now),
        };
    }

    public AccountStatus Return(LeaseReturn request, DateTimeOffset now)
    {
        Sweep(now);
        if (state.Leases.TryGetValue(request.LeaseId, out var lease) && request.Sequence > lease.Sequence)
        {
            lease.Sequence = request.Sequence;
            lease.Slots = 0;
            lease.Final = true;
            lease.Granted = default;
            lease.Refusal = null;
            PutBack(lease, request.Return, now);
            KeepAlive(lease, now);
            if (lease.Money == 0)
                state.Leases.Remove(request.LeaseId);
        }

        return Status(now);
    }

    /// <summary>Whether this refusal is the first of its period that says the budget is spent; true only once.</summary>
    public bool TakeExceeded(QuotaRefusal? refusal, DateTimeOffset now)
    {
        if (refusal is not { Dimension: QuotaDimension.Budget, Transient: false } || state.Settings.Budget is not { } budget)
            return false;
        var start = BudgetCalendar.Start(budget.Period, BudgetCalendar.Day(now));
        var first = state.Exceeded != start;
        state.Exceeded = start;
        return first;
    }

    /// <summary>The holder begins anew; what it had finished before stays on its way.</summary>
    private static void Open(LeaseState lease, long sequence)
    {
        lease.OpenedBy = sequence;
        lease.Released = false;
        lease.Settled -= lease.Finished;
        lease.Finished = 0;
    }

    private void KeepAlive(LeaseState lease, DateTimeOffset now)
    {
        lease.ExpiresAt = now + options.LeaseLifetime;
        lease.ReleasedAt = lease.ExpiresAt + options.ReservationTtl;
    }

    private void PutBack(LeaseState lease, Allowance returned, DateTimeOffset now)
    {
        foreach (var rate in QuotaDimensions.Rates)
            PutBack(state[rate], returned[rate], now);
        // What was free at a holder whose lease had been released has gone back already.
        if (!lease.Released)
            lease.Money -= Math.Clamp(returned.Money, 0, lease.Money);
    }

    private static void PutBack(TokenBucket? bucket, long tokens, DateTimeOffset now)
    {
        if (bucket is null || tokens == 0)
            return;
        bucket.Fill(now);
        bucket.PutBack(tokens);
    }

    /// <summary>The first limit that cannot cover the need.</summary>
    private QuotaRefusal? Refuse(Allowance need, DateTimeOffset now)
    {
        foreach (var dimension in QuotaDimensions.All)
        {
            var refusal = dimension switch
            {
                QuotaDimension.Budget => RefuseMoney(need, now),
                QuotaDimension.Concurrency => RefuseSlots(need),
                var rate => RefuseRate(rate, state[rate], need[rate], now),
            };
            if (refusal is not null)
                return refusal;
        }

        return null;
    }

    private QuotaRefusal? RefuseMoney(Allowance need, DateTimeOffset now)
    {
        // What costs nothing is refused by no budget, not by a spent one either.
        if (need.Money == 0 || Budget(now) is not { } budget || need.Money <= budget.Amount - budget.Spent - budget.Held)
            return null;
        var comesBack = need.Money <= budget.Amount - budget.Spent;
        return new()
        {
            AccountId = accountId,
            Dimension = QuotaDimension.Budget,
            Transient = comesBack,
            RetryAfterMs = comesBack ? HeldRetryMs : null,
            Limit = budget.Amount,
            Needed = need.Money,
            Left = budget.Left,
            Currency = budget.Currency,
            Period = budget.Period,
            ResetsAt = budget.ResetsAt,
        };
    }

    private QuotaRefusal? RefuseRate(QuotaDimension dimension, TokenBucket? bucket, long need, DateTimeOffset now)
    {
        if (bucket is null || need <= 0)
            return null;
        bucket.Fill(now);
        return bucket.Covers(need) ? null : new()
        {
            AccountId = accountId,
            Dimension = dimension,
            Transient = true,
            RetryAfterMs = bucket.MillisecondsUntil(need),
            Limit = bucket.Limit,
            Needed = need,
            Left = bucket.Tokens,
        };
    }

    private QuotaRefusal? RefuseSlots(Allowance need)
    {
        if (state.Settings.Limits?.ConcurrentRequests is not { } limit || need.Slots <= 0)
            return null;
        var left = limit - SlotsHeld();
        return need.Slots <= left ? null : new()
        {
            AccountId = accountId,
            Dimension = QuotaDimension.Concurrency,
            Transient = true,
            RetryAfterMs = HeldRetryMs,
            Limit = limit,
            Needed = need.Slots,
            Left = Math.Max(0, left),
        };
    }

    /// <summary>The need is known to be covered.</summary>
    private Allowance Grant(LeaseState lease, Allowance need, Allowance want, DateTimeOffset now)
    {
        decimal money = 0;
        if (Budget(now) is { } budget)
        {
            // Cut to six places: a quotient of 28 digits would not add up exactly any more.
            var share = decimal.Round((budget.Left - need.Money) / Share, 6, MidpointRounding.ToZero);
            money = need.Money + Math.Max(0, Math.Min(want.Money, share));
            lease.Money += money;
        }

        var slots = state.Settings.Limits?.ConcurrentRequests is { } limit ? need.Slots + (int)Extra(want.Slots, limit - SlotsHeld() - need.Slots) : 0;
        lease.Slots += slots;
        return Allowance.Of(rate => Take(state[rate], need[rate], want[rate])) with { Money = money, Slots = slots };
    }

    private static long Take(TokenBucket? bucket, long need, long want)
    {
        // Nothing is granted where nothing is limited: what a holder had from then would be over and above a limit that is set later.
        if (bucket is null)
            return 0;
        var required = Math.Max(0, bucket.Required(need));
        var granted = required + Extra(want, bucket.Tokens - required);
        bucket.Take(granted);
        return granted;
    }

    private static long Extra(long want, long left) => Math.Clamp(want, 0, Math.Max(0, left / Share));

    /// <param name="refused">The lease whose need was refused, which has nothing to give; null for none.</param>
    private void Recall(string? refused)
    {
        foreach (var (id, lease) in state.Leases)
            lease.Recall |= id != refused;
    }

    private static bool TakeRecall(LeaseState lease)
    {
        var recall = lease.Recall;
        lease.Recall = false;
        return recall;
    }
}
