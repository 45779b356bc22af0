using System.Text.Json;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Billing;

/// <summary>
/// Three holders that keep to the lease protocol and an account; a wire that loses answers, a billing that dies before or after it has stored
/// what it did, a topic that delays events and delivers them twice and out of order, and holders that die. Driven by a script of numbers, so
/// that a failing run shrinks to a short one.
/// </summary>
internal sealed class LeaseWorld
{
    public const int Limit = 6;
    public const int Slots = 3;
    public const decimal Amount = 10m;

    private readonly ManualTime _time = new(new DateTimeOffset(2026, 10, 25, 0, 30, 0, TimeSpan.Zero));
    private AccountBook _book;
    private readonly List<Holder> _holders = [];
    private readonly List<(string Lease, decimal Cost, int Id)> _events = [];
    private readonly HashSet<int> _counted = [];
    private readonly DateTimeOffset _start;
    private int _ids;
    private long _admitted;
    private decimal _spent;

    public LeaseWorld()
    {
        _start = _time.Now;
        _book = Open(new AccountState());
        var settings = new AccountSettings
        {
            Limits = new KeyLimits { RequestsPerMinute = Limit, ConcurrentRequests = Slots },
            Budget = new KeyBudget { Amount = Amount },
        };
        _book.Configure(settings, _time.Now);
        for (var i = 0; i < 3; i++)
            _holders.Add(new Holder(NewLease()));
    }

    /// <summary>Null, or what does not hold.</summary>
    public string? Run(IEnumerable<int> script)
    {
        foreach (var number in script)
        {
            var step = Math.Abs((long)number);
            Do((int)(step % 8), _holders[(int)(step / 8 % 3)], (int)(step / 24 % 97));
            if (Broken() is { } broken)
                return broken;
        }

        return null;
    }

    private void Do(int what, Holder holder, int size)
    {
        switch (what)
        {
            case 0:
            case 1:
                Start(holder, (size % 40) / 10m);
                break;
            case 2:
                Finish(holder, size);
                break;
            case 3:
            case 4:
                Deliver(size);
                break;
            case 5:
                Pass(TimeSpan.FromMilliseconds(size * 50));
                break;
            case 6:
                Call(holder, new(), holder.TakeBack(), loseAnswer: size % 2 == 0);
                break;
            default:
                if (size % 4 == 0)
                    Die(holder);
                else
                    Close(holder);
                break;
        }
    }

    private void Start(Holder holder, decimal money)
    {
        if (holder.Requests < 1 || holder.Free < 1 || holder.Money < money)
        {
            var need = new Allowance
            {
                Requests = Math.Max(0, 1 - holder.Requests),
                Slots = Math.Max(0, 1 - holder.Free),
                Money = Math.Max(0, money - holder.Money),
            };
            Call(holder, need, new(), loseAnswer: money > 3);
        }

        if (holder.Requests < 1 || holder.Free < 1 || holder.Money < money)
            return;
        holder.Requests--;
        holder.Free--;
        holder.Money -= money;
        holder.Running.Add(money);
        _admitted++;
    }

    /// <summary>The request costs up to what it reserved; the event goes on its way.</summary>
    private void Finish(Holder holder, int size)
    {
        if (holder.Running.Count == 0)
            return;
        var reserved = holder.Running[0];
        holder.Running.RemoveAt(0);
        var cost = decimal.Round(reserved * (size % 5) / 4m, 3, MidpointRounding.ToZero);
        holder.Free++;
        holder.Money += reserved - cost;
        if (cost > 0)
            _events.Add((holder.Lease, cost, ++_ids));
    }

    private void Deliver(int size)
    {
        if (_events.Count == 0)
            return;
        var e = _events[size % _events.Count];

        // Every third delivery is not acknowledged and comes again.
        if (size % 3 != 0)
            _events.Remove(e);
        if (!_counted.Add(e.Id))
            return;
        _spent += e.Cost;
        _book.Record(BillingRig.Entry(BillingRig.Event("r" + e.Id, "key", _time.Now, e.Cost) with { LeaseId = e.Lease }));
    }

    /// <summary>Time passes, and the living keep their leases alive.</summary>
    private void Pass(TimeSpan by)
    {
        _time.Advance(by);
        foreach (var holder in _holders)
            Call(holder, new(), new(), loseAnswer: false);
    }

    private void Call(Holder holder, Allowance need, Allowance back, bool loseAnswer)
    {
        holder.Sequence++;
        var request = new LeaseRequest
        {
            LeaseId = holder.Lease,
            Sequence = holder.Sequence,
            Need = need,
            Want = new Allowance { Requests = 2, Slots = 1, Money = 1 },
            Return = back,
            Slots = holder.Free + holder.Running.Count,
        };
        var stored = Stored();
        var grant = _book.Lease(request, _time.Now);
        if (loseAnswer)
        {
            // Every other time billing dies before it has stored what it did, else after.
            _book = Open(JsonSerializer.Deserialize<AccountState>(holder.Sequence % 2 == 0 ? stored : Stored())!);
            grant = _book.Lease(request, _time.Now);
        }

        holder.Requests += grant.Granted.Requests;
        holder.Free += grant.Granted.Slots;
        holder.Money += grant.Granted.Money;
    }

    private void Close(Holder holder)
    {
        if (holder.Running.Count > 0)
            return;
        _book.Return(new LeaseReturn { LeaseId = holder.Lease, Sequence = ++holder.Sequence, Return = holder.TakeBack() }, _time.Now);
    }

    /// <summary>Its running requests are gone, its events in the outbox are not; a new process takes its place.</summary>
    private void Die(Holder holder)
    {
        holder.Dead += holder.Money + holder.Running.Sum();
        holder.Restart(NewLease());
        _time.Advance(TimeSpan.FromSeconds(15));
        foreach (var other in _holders)
            Call(other, new(), new(), loseAnswer: false);
    }

    private string? Broken()
    {
        var status = _book.Status(_time.Now);
        var budget = status.Budget!;
        if (budget.Spent != _spent)
            return $"spent is {budget.Spent}, events say {_spent}";
        if (budget.Spent + budget.Held > Amount)
            return $"{budget.Spent} spent and {budget.Held} held of {Amount}";
        var held = _holders.Sum(h => h.Money + h.Running.Sum() + h.Dead) + _events.Where(e => !_counted.Contains(e.Id)).Sum(e => e.Cost);
        if (budget.Held != held)
            return $"the account holds {budget.Held}, the holders and events make {held}";
        if (_holders.Sum(h => h.Running.Count) > Slots)
            return "more run than there are slots";
        var elapsed = (_time.Now - _start).Ticks / TimeSpan.TicksPerMillisecond;
        if ((_admitted + _holders.Sum(h => h.Requests)) * 60_000 > (60_000 + elapsed) * Limit)
            return $"{_admitted} admitted in {elapsed} ms with a limit of {Limit}";
        return _book.Balance().Overrun == 0 ? null : "a settlement found less held than it cost";
    }

    private string Stored() => JsonSerializer.Serialize(_book.State);

    private static AccountBook Open(AccountState state) => new("key", state, new AccountOptions { ReservationTtlSeconds = 86_400 });

    private string NewLease() => "i" + ++_ids;

    private sealed class Holder(string lease)
    {
        public string Lease { get; private set; } = lease;

        public long Sequence { get; set; }

        public long Requests { get; set; }

        public int Free { get; set; }

        public decimal Money { get; set; }

        /// <summary>What its processes that died held beyond their events.</summary>
        public decimal Dead { get; set; }

        public List<decimal> Running { get; } = [];

        public Allowance TakeBack()
        {
            var back = new Allowance { Requests = Requests, Money = Money };
            Requests = 0;
            Money = 0;
            Free = 0;
            return back;
        }

        public void Restart(string lease)
        {
            Lease = lease;
            Sequence = 0;
            Requests = 0;
            Free = 0;
            Money = 0;
            Running.Clear();
        }
    }
}
