using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Usage;
using Gateway.Hosting.Leases;

namespace Gateway.Ingress.Quota;

/// <summary>A request's place in every account it counts against, until it is over.</summary>
internal sealed class Admission(string leaseId)
{
    private readonly List<(AccountLease Lease, Reservation Reserved)> _parts = new(1);
    private string? _provider;
    private int _over;

    public string LeaseId => leaseId;

    public IReadOnlyList<(AccountLease Lease, Reservation Reserved)> Parts => _parts;

    /// <summary>The accounts that were asked; they count the request, whether they could be reached or not.</summary>
    public IReadOnlyList<AccountLease> Asked { get; init; } = [];

    /// <summary>The routes that the budgets can hold.</summary>
    public IReadOnlyList<ModelRoute> Routes { get; set; } = [];

    /// <summary>How long it has waited for its places; null where it did not.</summary>
    public TimeSpan? Queued { get; init; }

    /// <summary>Where it has a place at the provider that is asked; null where none counts.</summary>
    public Admission? Place { get; private set; }

    /// <summary>The rules by which each provider has accounts of its own; null where there are none.</summary>
    public ProviderRules? Providers { get; set; }

    /// <summary>Where what was used has no known price: as much as was reserved for it. Null where nothing was.</summary>
    public Cost? AsReserved(Price? price)
    {
        if (price is null)
            return null;
        var most = MostReserved(price.Currency);
        return most == 0 ? null : new Cost { Amount = most, Currency = price.Currency, Price = price, Assumed = ["reservation"] };
    }

    /// <summary>Those that the request's event names: what is the key's own and what rules have added, the provider's that was asked last among them.</summary>
    public IReadOnlyList<string>? AccountsWith(KeyRecord key)
    {
        if (key.Rules is null)
            return key.Accounts;
        var rules = Asked.Concat(Place?.Asked ?? []).Select(lease => lease.AccountId).Where(AccountIds.IsRule).ToList();
        return rules.Count == 0 ? key.Accounts : [.. key.Accounts ?? [key.Id], .. rules];
    }

    public void Add(AccountLease lease, Reservation reserved) => _parts.Add((lease, reserved));

    /// <summary>Whether its place is at the provider of this route.</summary>
    public bool IsAt(ModelRoute route) => _provider == route.Entry.Provider;

    /// <summary>Leaves the provider that it had a place at, which gets back everything but the request, and goes to this one.</summary>
    public void MoveTo(ModelRoute route, Admission place)
    {
        Place?.Abandon();
        (Place, _provider) = (place, route.Entry.Provider);
    }

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

        Place?.Finish(usage, cost);
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
        Place?.Withdraw();
    }

    private decimal MostReserved(string currency)
    {
        var most = Place?.MostReserved(currency) ?? 0;
        foreach (var (lease, reserved) in _parts)
        {
            if (lease.Status?.Budget?.Currency == currency)
                most = Math.Max(most, reserved.Amount.Money);
        }

        return most;
    }
}
