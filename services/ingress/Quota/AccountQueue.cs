using Gateway.Contracts.Accounts;
using Gateway.Hosting.Leases;

namespace Gateway.Ingress.Quota;

/// <summary>
/// Who waits at one account. Keys take turns, those of one key come in the order in which they came. One at a time tries: the first, when something has
/// been given back here, when the account said that there would be enough, or when the one before it is done.
/// </summary>
internal sealed class AccountQueue : IDisposable
{
    /// <summary>After this the first asks again in any case: other processes give back, and limits change.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(5);

    private readonly Lock _sync = new();
    private readonly AccountLease _lease;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    /// <summary>One for each key, in the order of their turns.</summary>
    private readonly LinkedList<List<QueueTicket>> _lines = [];
    private readonly Dictionary<string, LinkedListNode<List<QueueTicket>>> _byKey = new(StringComparer.Ordinal);
    private QueueTicket? _trying;
    private QuotaRefusal? _ahead;
    private bool _freed;

    public AccountQueue(AccountLease lease, TimeProvider time)
    {
        (_lease, _time) = (lease, time);
        _timer = time.CreateTimer(static queue => ((AccountQueue)queue!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lease.Freed = Wake;
    }

    public AccountLease Lease => _lease;

    /// <summary>What the first is waiting for; null when nobody waits.</summary>
    public QuotaRefusal? Ahead => Volatile.Read(ref _ahead);

    /// <summary>Takes its place, or goes back to it after a try.</summary>
    public void Join(QueueTicket ticket, QuotaRefusal refusal, bool isBehind)
    {
        lock (_sync)
        {
            ticket.Refusal = refusal;
            if (_trying == ticket)
                _trying = null;
            else
                Insert(ticket);
            // What has come back since the account was asked has woken nobody.
            var again = isBehind || _freed || _lease.HasAtHand(refusal);
            ticket.Due = _time.GetTimestamp() + (again ? 0 : Ticks(refusal));
            Next();
        }
    }

    /// <param name="ticket">It waits here, or tries.</param>
    /// <param name="served">It was admitted: its key's turn is over.</param>
    public void Leave(QueueTicket ticket, bool served)
    {
        lock (_sync)
        {
            if (_trying == ticket)
                _trying = null;
            var wasFirst = First == ticket;
            var line = _byKey[ticket.KeyId];
            line.Value.Remove(ticket);
            if (served || line.Value.Count == 0)
                _lines.Remove(line);
            if (line.Value.Count == 0)
                _byKey.Remove(ticket.KeyId);
            else if (served)
                _lines.AddLast(line);
            if (wasFirst && First is { } next)
                next.Due = 0;
            Next();
        }
    }

    public void Dispose() => _timer.Dispose();

    private QueueTicket? First => _lines.First?.Value[0];

    /// <summary>There may be room now.</summary>
    private void Wake()
    {
        if (Ahead is null)
            return;
        lock (_sync)
        {
            _freed = true;
            if (First is { } first)
                first.Due = 0;
            Next();
        }
    }

    private void Insert(QueueTicket ticket)
    {
        if (!_byKey.TryGetValue(ticket.KeyId, out var line))
            _byKey[ticket.KeyId] = line = _lines.AddLast([]);
        var at = line.Value.Count;
        while (at > 0 && line.Value[at - 1].Number > ticket.Number)
            at--;
        line.Value.Insert(at, ticket);
    }

    /// <summary>Lets the first try, or sees to it that it does when it is due.</summary>
    private void Next()
    {
        Volatile.Write(ref _ahead, First?.Refusal);
        if (_trying is not null || First is not { } first)
            return;
        var wait = _time.GetElapsedTime(_time.GetTimestamp(), first.Due);
        if (wait > TimeSpan.Zero)
        {
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
            return;
        }

        _freed = false;
        _trying = first;
        first.GiveTurn();
    }

    private long Ticks(QuotaRefusal refusal)
    {
        var wait = TimeSpan.FromMilliseconds(refusal.RetryAfterMs ?? 0);
        return (long)((wait < LongestLook ? wait : LongestLook).TotalSeconds * _time.TimestampFrequency);
    }
}
