using Gateway.Contracts.Accounts;

namespace Gateway.Hosting.Leases;

/// <summary>
/// This process's share of one account (the protocol is told at <see cref="IAccountActor"/>). Requests are admitted from what is at hand,
/// under a lock and without a call; when that runs low more is asked for in the background, and only when it has run out does a request wait.
/// </summary>
/// <param name="accountId">The account.</param>
/// <param name="who">Whose it is, for texts: <c>this API key</c>, <c>tag project=search</c>.</param>
/// <param name="account">Where it is.</param>
/// <param name="leaseId">This process's.</param>
/// <param name="time">The clock.</param>
/// <param name="counters">Told of each call.</param>
/// <param name="checkIn">While something is free here, the account is asked so often whether others wait for it; null: with the calls there are.</param>
public sealed partial class AccountLease(
    string accountId, string who, IAccountActor account, string leaseId, TimeProvider time, LeaseCounters counters, TimeSpan? checkIn = null) : IDisposable
{
    /// <summary>Over which the pace of requests is taken.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CloseAfter = TimeSpan.FromSeconds(10);

    /// <summary>After the account had nothing to add: it is not asked again at every request.</summary>
    private static readonly TimeSpan VainPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan[] Retries = [TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200)];

    private readonly Lock _sync = new();
    private readonly SemaphoreSlim _calling = new(1);
    private readonly Queue<Waiter> _waiting = new();
    private Allowance _free;
    private Allowance _taken;
    private Allowance _takenBefore;
    private Allowance _ceiling;
    private decimal _finished;
    private Dictionary<string, long> _refused = [];

    private AccountStatus? _status;
    private LeaseRequest? _unanswered;
    private LeaseReturn? _unreturned;
    private int _epoch;
    private TimeSpan _lifetime;
    private long _validUntil;
    private long _lastCall;
    private long _lastTake;
    private long _topUpFrom;
    private long _windowStart;
    private long _sequence;
    private int _running;
    private int _slots;
    private int _maintaining;
    private bool _pumping, _toppingUp, _recalled;

    public string AccountId => accountId;

    /// <summary>Whose account it is, for a text to the client.</summary>
    public string Who => who;

    /// <summary>Called whenever something is at hand again.</summary>
    public Action? Freed { get; set; }

    /// <summary>Limits and budget as the account last told them; null before the first call.</summary>
    public AccountStatus? Status => Volatile.Read(ref _status);

    /// <summary>The limits at hand and with the account together, for the rate-limit headers.</summary>
    public (AccountStatus? Status, Allowance AtHand) Standing()
    {
        lock (_sync)
            return (_status, _free);
    }

    /// <summary>Asks for the account's limits once, before the first request can be sized by them.</summary>
    public async ValueTask<AccountStatus> StatusAsync(CancellationToken cancellationToken)
    {
        if (Status is { } known)
            return known;
        // The call goes on when whoever asked does not wait any longer: its answer is not lost.
        var (_, failure) = await CallAsync(default, default, returnFree: false, CancellationToken.None).WaitAsync(cancellationToken);
        return Status ?? throw failure!;
    }

    /// <summary>Takes the need out of what is at hand; null when that does not do.</summary>
    public Reservation? TryTake(Allowance need)
    {
        lock (_sync)
            return _waiting.Count > 0 ? null : TakeLocked(need);
    }

    /// <summary>Takes the need, asking the account for more when it must.</summary>
    /// <exception cref="QuotaRefusedException">The account cannot cover it.</exception>
    public async ValueTask<Reservation> TakeAsync(Allowance need, CancellationToken cancellationToken)
    {
        if (TryTake(need) is { } taken)
            return taken;
        var waiter = new Waiter(need);
        lock (_sync)
        {
            _waiting.Enqueue(waiter);
            if (!_pumping)
            {
                _pumping = true;
                _ = Task.Run(PumpAsync, CancellationToken.None);
            }
        }

        counters.WaitBegins();
        try
        {
            return await waiter.Taken.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Whatever it is still given goes back.
            _ = waiter.Taken.Task.ContinueWith(
                t => GiveBack(t.Result, default),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw;
        }
        finally
        {
            counters.WaitEnds();
        }
    }

    /// <summary>
    /// Takes places without the account's leave, which hears of them with the next call: where it cannot be reached, and stopping would be worse.
    /// </summary>
    public Reservation TakeUnasked(int slots)
    {
        lock (_sync)
        {
            _running++;
            _slots += slots;
            _lastTake = time.GetTimestamp();
            return new Reservation(default, _epoch, slots);
        }
    }

    /// <summary>Puts down that a request was refused; the account is told with the next call.</summary>
    public void CountRefusal(string reason)
    {
        lock (_sync)
            _refused[reason] = _refused.GetValueOrDefault(reason) + 1;
    }

    /// <summary>
    /// The request is over: what it reserved less what it used is at hand again. Its cost stays held in the account until its event settles it.
    /// </summary>
    /// <param name="reservation">What it reserved.</param>
    /// <param name="used">Without a slot, which is free again.</param>
    public void GiveBack(Reservation reservation, Allowance used)
    {
        lock (_sync)
        {
            _running--;
            _slots -= reservation.Slots;
            // Tokens of what is not limited were not reserved either.
            if (reservation.Epoch == _epoch)
                _finished += used.Limited(_ceiling).Money;
            var free = _free + reservation.Amount - (used.Limited(_ceiling) with { Requests = used.Requests, TokenCounts = used.TokenCounts });
            // Money of a lease that the account had released meanwhile is not this lease's to give back.
            _free = free with { Money = reservation.Epoch == _epoch ? Math.Max(0, free.Money) : _free.Money };
        }

        Freed?.Invoke();
    }

    /// <summary>Whether there is at hand by now what a refusal says was missing.</summary>
    public bool HasAtHand(QuotaRefusal refusal)
    {
        lock (_sync)
            return IsCoveredBy(_free, refusal);
    }

    /// <summary>Called every half second: keeps the lease alive, gives back what is idle, closes it when it stays so.</summary>
    public async Task MaintainAsync(CancellationToken cancellationToken)
    {
        // One at a time: where the account does not answer, the rounds must not queue up behind its call.
        if (Interlocked.Exchange(ref _maintaining, 1) != 0)
            return;
        try
        {
            await LookAfterAsync(cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _maintaining, 0);
        }
    }

    private async Task LookAfterAsync(CancellationToken cancellationToken)
    {
        bool giveBack, close, keepAlive;
        lock (_sync)
        {
            // Closed, but the account may not know it yet: its money would stay held.
            if (_status is null && _unreturned is null && _refused.Count == 0)
                return;
            if (_pumping)
                return;
            var idle = time.GetElapsedTime(_lastTake);
            close = _unreturned is not null || (_running == 0 && idle > CloseAfter && _refused.Count == 0);
            giveBack = (idle > IdleAfter || _recalled) && _free != default;
            var since = time.GetElapsedTime(_lastCall);
            keepAlive = since > _lifetime / 3 || (since > checkIn && _free != default) || _refused.Count > 0;
        }

        if (close)
            await CloseAsync(cancellationToken);
        else if (giveBack || keepAlive)
            await CallAsync(default, default, giveBack, cancellationToken);
    }

    /// <summary>
    /// Closes the lease unless something runs on it. This object stays: its calls go on being numbered from where they are, since the
    /// account may still know the lease for the sake of events on their way.
    /// </summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await _calling.WaitAsync(cancellationToken);
        try
        {
            lock (_sync)
            {
                if (_unreturned is null)
                {
                    if (_running > 0 || _unanswered is not null || _status is null)
                        return;
                    _unreturned = new LeaseReturn { LeaseId = leaseId, Sequence = ++_sequence, Return = TakeFree() };
                    _status = null;
                }
            }

            await RepeatReturnAsync().WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Not heard: said again before the next call, or by the next round.
        }
        finally
        {
            _calling.Release();
        }
    }

    public void Dispose() => _calling.Dispose();

    private Reservation? TakeLocked(Allowance need)
    {
        var now = time.GetTimestamp();
        if (_status is null || now >= _validUntil)
            return null;
        var taken = Allowance.Min(need, _ceiling);
        if (!_free.Covers(taken))
            return null;
        _free -= taken;
        if (time.GetElapsedTime(_windowStart, now) > Window)
        {
            (_takenBefore, _taken) = (_taken, default);
            _windowStart = now;
        }

        _taken += taken;
        _running++;
        _slots += need.Slots;
        _lastTake = now;
        if (!_toppingUp && !_pumping && now >= _topUpFrom && RunsLow(taken))
        {
            _toppingUp = true;
            _ = Task.Run(TopUpAsync, CancellationToken.None);
        }

        return new Reservation(taken, _epoch, need.Slots);
    }

    /// <summary>Less at hand than the next second will take, at the present pace, or than a few more like this one.</summary>
    private bool RunsLow(Allowance like) => !_free.Covers(Allowance.Max(32 * like, Pace) with { Slots = 8 * like.Slots });

    /// <summary>What a second takes.</summary>
    private Allowance Pace => Allowance.Max(_taken, _takenBefore);

    private async Task TopUpAsync()
    {
        LeaseGrant? grant = null;
        try
        {
            Allowance want;
            lock (_sync)
                want = WantLocked(default);
            (grant, _) = await CallAsync(default, want, returnFree: false, CancellationToken.None);
        }
        finally
        {
            lock (_sync)
            {
                _toppingUp = false;
                if (grant?.Granted == default(Allowance))
                    _topUpFrom = time.GetTimestamp() + (long)(VainPause.TotalSeconds * time.TimestampFrequency);
            }
        }
    }

    /// <summary>Four seconds' worth at the present pace, and a handful more of what is asked for now.</summary>
    private Allowance WantLocked(Allowance need)
    {
        var want = (4 * Pace) + (64 * need);
        return want with { Requests = want.Requests + 32, Slots = 16 + Math.Min(_running, 64) };
    }

    private Dictionary<string, long>? TakeRefused()
    {
        if (_refused.Count == 0)
            return null;
        var refused = _refused;
        _refused = [];
        return refused;
    }

    /// <summary>Everything at hand, which then is nothing.</summary>
    private Allowance TakeFree()
    {
        var all = _free;
        _free = default;
        return all;
    }

    private sealed class Waiter(Allowance need)
    {
        public Allowance Need => need;

        public TaskCompletionSource<Reservation> Taken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
