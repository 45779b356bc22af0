using System.Text.Json.Serialization;

namespace Gateway.Billing.Accounts;

internal sealed record DaySpend
{
    public required DateOnly Day { get; init; }
    public required string Currency { get; init; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Spent { get; set; }
}
