using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Usage;

/// <summary>One event of the feed: of usage, or a notice.</summary>
internal readonly record struct FeedEvent(UsageEvent? Usage, Notice? Notice)
{
    public string Type => Notice?.Type ?? EventTypes.UsageRecorded;

    /// <summary>Deliveries of one event have one.</summary>
    public string Id => Notice?.Id ?? Usage!.SettlementKey;

    public DateTimeOffset Time => Notice?.Time ?? Usage!.Time;

    /// <summary>The account it is about; null: everybody.</summary>
    public string? Subject => Usage is { } usage ? usage.KeyId : Notice!.Accounts is [var first, ..] ? first : null;

    /// <summary>Whether it is about this key, team or organisation.</summary>
    public bool IsOf(string account) => Usage is { } usage
        ? usage.KeyId == account || usage.Accounts?.Contains(account) is true
        : Notice!.Accounts?.Contains(account) is true;
}
