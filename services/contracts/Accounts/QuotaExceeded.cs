using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>The data of <c>gateway.quota.exceeded.v1</c>: a budget has refused a request for the first time in its period.</summary>
public sealed record QuotaExceeded
{
    public required string AccountId { get; init; }

    /// <summary>Of an account of a rule.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CountedRule? Rule { get; init; }

    public required DateTimeOffset Time { get; init; }
    public required QuotaRefusal Refusal { get; init; }
}
