using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>
/// All that an account must remember between calls but its events and day roll-ups. Money is written as strings: a sidecar reads the
/// numbers of actor state as doubles.
/// </summary>
internal sealed record AccountState
{
    public AccountSettings Settings { get; set; } = new();
    public TokenBucket? Requests { get; set; }
    public TokenBucket? TokenCounts { get; set; }
    public TokenBucket? InputTokens { get; set; }
    public TokenBucket? OutputTokens { get; set; }
    public Dictionary<string, LeaseState> Leases { get; set; } = [];

    /// <summary>Spend by day and currency of the latest days: enough to sum up any period that can still change.</summary>
    public List<DaySpend> Days { get; set; } = [];

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public Dictionary<string, decimal> Spent { get; set; } = [];

    public long Events { get; set; }

    /// <summary>Requests that were refused, by reason.</summary>
    public Dictionary<string, long> Refused { get; set; } = [];

    public DateOnly? FirstDay { get; set; }
    public DateOnly? LastDay { get; set; }
    public long UnpricedRequests { get; set; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Unsettled { get; set; }

    public long UnsettledLeases { get; set; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Overrun { get; set; }

    /// <summary>The start of the period in which the budget was last announced as spent.</summary>
    public DateOnly? Exceeded { get; set; }

    /// <summary>The start of the period in which thresholds of the budget have been reached, and which.</summary>
    public DateOnly? WarnedIn { get; set; }
    public List<int> Warned { get; set; } = [];

    /// <summary>Warnings that the broker may not have yet.</summary>
    public List<BudgetWarning> Warnings { get; set; } = [];

    /// <summary>What is not kept one by one any more; null: everything is.</summary>
    public PurgedUsage? Purged { get; set; }

    /// <summary>The first and the last month, as yyyyMM, in whose lists there are marks of events that were counted; null: there are none.</summary>
    public int? MarksFrom { get; set; }
    public int? MarksTo { get; set; }

    /// <summary>The day on which the reminder of the purge was set.</summary>
    public DateOnly? PurgeSet { get; set; }

    /// <summary>The day by which it purges; null: it has nothing.</summary>
    public BelievedDay? Today { get; set; }

    /// <summary>The bucket of a rate; null where there is no limit.</summary>
    public TokenBucket? this[QuotaDimension rate]
    {
        get => rate switch
        {
            QuotaDimension.Requests => Requests,
            QuotaDimension.TokenCounts => TokenCounts,
            QuotaDimension.InputTokens => InputTokens,
            QuotaDimension.OutputTokens => OutputTokens,
            _ => throw new ArgumentOutOfRangeException(nameof(rate), rate, "It is no rate."),
        };
        set
        {
            switch (rate)
            {
                case QuotaDimension.Requests: Requests = value; break;
                case QuotaDimension.TokenCounts: TokenCounts = value; break;
                case QuotaDimension.InputTokens: InputTokens = value; break;
                case QuotaDimension.OutputTokens: OutputTokens = value; break;
                default: throw new ArgumentOutOfRangeException(nameof(rate), rate, "It is no rate.");
            }
        }
    }
}
