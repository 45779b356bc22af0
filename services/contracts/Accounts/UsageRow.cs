using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

/// <summary>The usage of one account on one UTC day with one model of one provider, in one currency.</summary>
public sealed record UsageRow
{
    /// <summary>The model of the row that has all those of a day which have no row of their own any more: a client can make up any number of names.</summary>
    public const string OtherModels = "*";

    private const int MaxRows = 1_000;

    public required DateOnly Day { get; init; }
    public required string Model { get; init; }
    public required string Provider { get; init; }

    /// <summary>Null where no price was known: those requests are counted, and cost an unknown amount, which is not 0 (rule F4).</summary>
    public string? Currency { get; init; }
    public UsageSums Sums { get; set; } = new();

    /// <summary>The row of a day that has this event alone. Days are of the UTC calendar.</summary>
    public static UsageRow Of(UsageEvent e)
    {
        var row = new UsageRow { Day = DateOnly.FromDateTime(e.Time.UtcDateTime), Model = e.Model, Provider = e.Provider, Currency = e.Cost?.Currency };
        row.Sums.Add(e);
        return row;
    }

    /// <summary>Adds a row of the same day to those of the day.</summary>
    public static void Add(List<UsageRow> day, UsageRow row)
    {
        foreach (var other in day)
        {
            if (other.Model == row.Model && other.Provider == row.Provider && other.Currency == row.Currency)
            {
                other.Sums.Add(row.Sums);
                return;
            }
        }

        if (day.Count >= MaxRows && row.Model != OtherModels)
            Add(day, row with { Model = OtherModels });
        else
            day.Add(row with { Sums = row.Sums with { } });
    }
}
