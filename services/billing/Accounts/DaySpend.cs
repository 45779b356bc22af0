using System.Text.Json.Serialization;

namespace Gateway.Billing.Accounts;

internal sealed record DaySpend
{
    [JsonPropertyName("day")] public required DateOnly Day { get; init; }
    [JsonPropertyName("currency")] public required string Currency { get; init; }

    [JsonPropertyName("spent")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Spent { get; set; }
}
