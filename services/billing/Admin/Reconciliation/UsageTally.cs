using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Admin.Reconciliation;

/// <summary>What is held against each other: requests, those of them without a price, and what the others cost by currency.</summary>
internal sealed record UsageTally
{
    /// <summary>More, or longer names, than anybody has: a place that carried them would be too long for an address.</summary>
    private const int MaxCurrencies = 12;
    private const int MaxCurrencyLength = 12;

    public long Requests { get; set; }

    public long Unpriced { get; set; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public Dictionary<string, decimal> Cost { get; init; } = [];

    /// <summary>Whether a place in an address has room for it.</summary>
    [JsonIgnore]
    public bool IsSmall => Cost.Count <= MaxCurrencies && Cost.Keys.All(currency => currency.Length <= MaxCurrencyLength);

    public static UsageTally OfBalance(AccountBalance balance) =>
        new() { Requests = balance.Events, Unpriced = balance.UnpricedRequests, Cost = new(balance.Spent) };

    /// <summary>Of events that are not kept one by one any more.</summary>
    public static UsageTally OfEvents(PurgedUsage purged) =>
        new() { Requests = purged.Events, Unpriced = purged.UnpricedEvents, Cost = new(purged.EventCost) };

    /// <summary>Of days that are not kept any more.</summary>
    public static UsageTally OfDays(PurgedUsage purged)
    {
        var tally = new UsageTally();
        foreach (var (currency, sums) in purged.Rollups)
            tally.Add(currency == PurgedUsage.NoCurrency ? null : currency, sums);
        return tally;
    }

    public void Add(UsageEvent e)
    {
        Requests++;
        if (e.Cost is { } cost)
            Cost[cost.Currency] = Cost.GetValueOrDefault(cost.Currency) + cost.Amount;
        else
            Unpriced++;
    }

    public void Add(string? currency, UsageSums sums)
    {
        Requests += sums.Requests;
        Unpriced += sums.UnpricedRequests;
        if (currency is not null)
            Cost[currency] = Cost.GetValueOrDefault(currency) + sums.Cost;
    }

    /// <summary>Whether all that the other one has is in this one.</summary>
    public bool Covers(UsageTally other) => Requests >= other.Requests && Unpriced >= other.Unpriced
        && other.Cost.All(c => Cost.TryGetValue(c.Key, out var amount) && amount >= c.Value);

    public bool IsSame(UsageTally other) => Covers(other) && other.Covers(this);
}
