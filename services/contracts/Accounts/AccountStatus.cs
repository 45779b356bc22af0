using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>The limits of an account as they stand. A null is a dimension without a limit: nothing of it need be asked for.</summary>
public sealed record AccountStatus
{
    public RateStatus? Requests { get; init; }
    public RateStatus? TokenCounts { get; init; }
    public RateStatus? InputTokens { get; init; }
    public RateStatus? OutputTokens { get; init; }

    /// <summary>The ceiling on requests at the same time.</summary>
    public int? ConcurrentRequests { get; init; }

    /// <summary>Slots in the hands of lease holders.</summary>
    public int SlotsHeld { get; init; }
    public BudgetStatus? Budget { get; init; }

    /// <summary>The model that judges tool calls for the keys of this group (<see cref="KeyRecord.SafeguardsModel"/>).</summary>
    public string? SafeguardsModel { get; init; }

    /// <summary>The most of each that a need counts for: a minute's worth of the rates; 0 where there is no limit.</summary>
    [JsonIgnore]
    public Allowance Ceiling => Allowance.Of(rate => this[rate]?.Limit ?? 0) with
    {
        Slots = ConcurrentRequests is null ? 0 : int.MaxValue,
        Money = Budget is null ? 0 : decimal.MaxValue,
    };

    /// <summary>How a rate stands.</summary>
    public RateStatus? this[QuotaDimension rate] => rate switch
    {
        QuotaDimension.Requests => Requests,
        QuotaDimension.TokenCounts => TokenCounts,
        QuotaDimension.InputTokens => InputTokens,
        QuotaDimension.OutputTokens => OutputTokens,
        _ => throw new ArgumentOutOfRangeException(nameof(rate), rate, "It is no rate."),
    };

    public static AccountStatus Of(Func<QuotaDimension, RateStatus?> rate) => new()
    {
        Requests = rate(QuotaDimension.Requests),
        TokenCounts = rate(QuotaDimension.TokenCounts),
        InputTokens = rate(QuotaDimension.InputTokens),
        OutputTokens = rate(QuotaDimension.OutputTokens),
    };
}
