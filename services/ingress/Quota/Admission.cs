using Gateway.Contracts.Catalog;
using Gateway.Contracts.Usage;

namespace Gateway.Ingress.Quota;

/// <summary>A request's place in every account it counts against, until it is over.</summary>
internal sealed class Admission(string leaseId)
{
    private readonly List<(AccountLease Lease, Reservation Reserved)> _parts = new(1);
    private int _over;

    public string LeaseId => leaseId;

    public IReadOnlyList<(AccountLease Lease, Reservation Reserved)> Parts => _parts;

    /// <summary>The routes that the budgets can hold.</summary>
    public IReadOnlyList<ModelRoute> Routes { get; set; } = [];

    /// <summary>Where what was used has no known price: as much as was reserved for it. Null where nothing was.</summary>
    public Cost? AsReserved(Price? price)
    {
        if (price is null)
            return null;
        decimal most = 0;
        foreach (var (lease, reserved) in _parts)
        {
            if (lease.Status?.Budget?.Currency == price.Currency)
                most = Math.Max(most, reserved.Amount.Money);
        }

        return most == 0 ? null : new Cost { Amount = most, Currency = price.Currency, Price = price, Assumed = ["reservation"] };
    }

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
                TokenCounts = reserved.Amount.TokenCounts,
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
