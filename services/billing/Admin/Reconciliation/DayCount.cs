using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin.Reconciliation;

/// <summary>The roll-ups of an account as far as they are counted.</summary>
internal sealed record DayCount
{
    /// <summary>The first day that was not looked at; null: the account had none.</summary>
    public DateOnly? Next { get; set; }

    /// <summary>Those before it.</summary>
    public required UsageTally Counted { get; init; }

    /// <summary>Requests of days that were not kept any more when it was begun.</summary>
    public required long Purged { get; init; }

    /// <summary>The balance when it was begun: the days have at least that.</summary>
    public required UsageTally Least { get; init; }

    /// <summary>Whether the events agreed with that balance.</summary>
    public required bool Agrees { get; init; }

    public static DayCount Of(AccountBalance balance, UsageTally? events)
    {
        var (purged, least) = (balance.Purged ?? new(), UsageTally.OfBalance(balance));
        var counted = UsageTally.OfDays(purged);
        return new() { Next = balance.FirstDay, Counted = counted, Purged = counted.Requests, Least = least, Agrees = events?.IsSame(least) is not false };
    }
}
