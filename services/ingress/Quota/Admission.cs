using Gateway.Contracts.Usage;

namespace Gateway.Ingress.Quota;

/// <summary>A request's place in every account it counts against, until it is over.</summary>
internal sealed class Admission(string leaseId)
{
    private readonly List<(AccountLease Lease, Reservation Reserved)> _parts = new(1);
    private int _over;

    public string LeaseId => leaseId;

    public IReadOnlyList<(AccountLease Lease, Reservation Reserved)> Parts => _parts;

    public void Add(AccountLease lease, Reservation reserved) => _parts.Add((lease, reserved));

    /// <summary>Puts the estimates right by what was used. Once; later calls do nothing.</summary>
    public void Finish(TokenUsage usage, Cost? cost)
    {
        if (Interlocked.Exchange(ref _over, 1) != 0)
            return;
        foreach (var (lease, reserved) in _parts)
        {
            var currency = lease.Status?.Budget?.Currency;
            lease.GiveBack(reserved, RequestNeed.Used(usage) with
            {
                Requests = reserved.Amount.Requests,
                Money = cost is not null && cost.Currency == currency ? cost.Amount : 0,
            });
        }
    }

    /// <summary>The request came to nothing: everything goes back but the request itself, which was made.</summary>
    public void Abandon()
    {
        if (Volatile.Read(ref _over) == 0)
            Finish(new TokenUsage(), null);
    }

    /// <summary>It was not admitted after all: everything goes back.</summary>
    public void Withdraw()
    {
        if (Interlocked.Exchange(ref _over, 1) != 0)
            return;
        foreach (var (lease, reserved) in _parts)
            lease.GiveBack(reserved, default);
    }
}
