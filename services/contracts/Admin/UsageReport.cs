using System.Text.Json.Serialization;

namespace Gateway.Contracts.Admin;

/// <summary>Usage of whole UTC days, both ends included.</summary>
public sealed record UsageReport
{
    [JsonPropertyName("from")] public required DateOnly From { get; init; }
    [JsonPropertyName("to")] public required DateOnly To { get; init; }
    [JsonPropertyName("data")] public required IReadOnlyList<UsageLine> Data { get; init; }
    [JsonPropertyName("totals")] public required UsageLine Totals { get; init; }
}
