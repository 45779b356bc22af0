using System.Text.Json.Serialization;
using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

/// <summary>The usage of one account on one UTC day with one model of one provider, in one currency.</summary>
public sealed record UsageRow
{
    [JsonPropertyName("day")] public required DateOnly Day { get; init; }
    [JsonPropertyName("model")] public required string Model { get; init; }
    [JsonPropertyName("provider")] public required string Provider { get; init; }

    /// <summary>Null where no price was known: those requests are counted, and cost an unknown amount, which is not 0 (rule F4).</summary>
    [JsonPropertyName("currency")] public string? Currency { get; init; }
    [JsonPropertyName("sums")] public UsageSums Sums { get; set; } = new();

    public bool Takes(UsageEvent e) => Model == e.Model && Provider == e.Provider && Currency == e.Cost?.Currency;
}
