namespace Gateway.Billing.Accounts;

/// <summary>
/// The day by which old things go. It is looked at often, so one that lies far ahead of the last look is that of a clock that goes wrong, or of a gateway
/// that was away: it is believed when it still is so a week later, and nothing goes until then. A clock that is behind only keeps more.
/// </summary>
public sealed record BelievedDay
{
    private const int FarDays = 40;
    private const int DoubtDays = 7;

    /// <summary>How many days it may be behind, lest each look has something to write.</summary>
    private const int BehindDays = 10;

    /// <summary>The last that was believed; null: none was.</summary>
    public DateOnly? Day { get; init; }

    /// <summary>The first day, by the clock, that was not; null: it is believed.</summary>
    public DateOnly? DoubtedSince { get; init; }

    /// <summary>What is believed after a look at the clock.</summary>
    public static BelievedDay After(BelievedDay? before, DateOnly today)
    {
        if (before?.Day is not { } day)
            return new() { Day = today };
        if (today > day.AddDays(FarDays))
        {
            if (before.DoubtedSince is not { } since || since > today || today > since.AddDays(FarDays))
                return before with { DoubtedSince = today };
            return today < since.AddDays(DoubtDays) ? before : new() { Day = today };
        }

        return before.DoubtedSince is null && today >= day && today < day.AddDays(BehindDays) ? before : new() { Day = today };
    }
}
