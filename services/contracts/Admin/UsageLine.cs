using System.Text.Json.Serialization;

namespace Gateway.Contracts.Admin;

/// <summary>A line of a usage report: the fields it is grouped by (the others are left out), and sums. Money is a decimal string.</summary>
public sealed record UsageLine
{
    [JsonPropertyName("key_id")] public string? KeyId { get; init; }
    [JsonPropertyName("team_id")] public string? TeamId { get; init; }
    [JsonPropertyName("organization_id")] public string? OrganizationId { get; init; }
    [JsonPropertyName("model")] public string? Model { get; init; }
    [JsonPropertyName("provider")] public string? Provider { get; init; }
    [JsonPropertyName("day")] public DateOnly? Day { get; init; }

    [JsonPropertyName("requests")] public required long Requests { get; init; }
    [JsonPropertyName("input_tokens")] public required long InputTokens { get; init; }
    [JsonPropertyName("output_tokens")] public required long OutputTokens { get; init; }
    [JsonPropertyName("cache_creation_input_tokens")] public required long CacheCreationInputTokens { get; init; }
    [JsonPropertyName("cache_read_input_tokens")] public required long CacheReadInputTokens { get; init; }

    /// <summary>Null where nothing in the line has a known price; in totals also where there are several currencies.</summary>
    [JsonPropertyName("cost")]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal? Cost { get; init; }

    [JsonPropertyName("currency")]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Currency { get; init; }

    /// <summary>Requests in this line whose price is unknown; they are not in its cost.</summary>
    [JsonPropertyName("unpriced_requests")] public required long UnpricedRequests { get; init; }

    /// <summary>In totals over several currencies: the cost by currency, which no one sum can say.</summary>
    [JsonPropertyName("costs")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public IReadOnlyDictionary<string, decimal>? Costs { get; init; }
}
