using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>
/// What the roll-ups of days have more than the facts of the same account: requests of before there were facts. It is a report's lines without an
/// origin, so that a report by origin adds up to the same as any other.
/// </summary>
internal sealed class DayRests
{
    private readonly Dictionary<(DateOnly Day, string Model, string Provider, string? Currency), UsageSums> _facts = [];

    public void Add(DateOnly day, UsageFact fact)
    {
        var key = (day, fact.Model, fact.Provider, fact.Currency);
        if (!_facts.TryGetValue(key, out var sums))
            _facts[key] = sums = new UsageSums();
        sums.Add(fact.Sums);
    }

    /// <param name="rows">The account's roll-ups.</param>
    /// <returns>What is left of them.</returns>
    public IEnumerable<UsageRow> Of(IEnumerable<UsageRow> rows)
    {
        var rests = rows.ToDictionary(r => (r.Day, r.Model, r.Provider, r.Currency), r => r with { Sums = r.Sums with { } });
        foreach (var (key, sums) in _facts)
        {
            // Models that came too late in a day for a row of their own share one.
            if (rests.TryGetValue(key, out var rest) || rests.TryGetValue(key with { Model = UsageRow.OtherModels }, out rest))
                rest.Sums.Subtract(sums);
        }

        // Below 0 are requests on their way, which a group counts a moment later than the key.
        return rests.Values.Where(r => r.Sums.Requests > 0);
    }
}
