using System.Text.Json.Serialization;

namespace Gateway.Billing.Admin;

/// <summary>A line of a usage report: the fields it is grouped by (the others are left out), and sums. Money is a decimal string.</summary>
internal sealed record UsageLine
{
    /// <summary>With <c>groupBy=key</c>: the key.</summary>
    [JsonPropertyName("key_id")] public string? KeyId { get; init; }

    /// <summary>With <c>groupBy=team</c>: the team.</summary>
    [JsonPropertyName("team_id")] public string? TeamId { get; init; }

    /// <summary>With <c>groupBy=organization</c>: the organisation.</summary>
    [JsonPropertyName("organization_id")] public string? OrganizationId { get; init; }

    /// <summary>With <c>groupBy=model</c>: the catalog's id of the model.</summary>
    /// <example>anthropic/claude-sonnet-4.5</example>
    public string? Model { get; init; }

    /// <summary>With <c>groupBy=provider</c>: the provider's name in the catalog.</summary>
    public string? Provider { get; init; }

    /// <summary>With <c>groupBy=day</c>: the UTC day.</summary>
    public DateOnly? Day { get; init; }

    /// <summary>Requests that ended, however they ended.</summary>
    /// <example>2</example>
    public required long Requests { get; init; }

    /// <summary>Input tokens that no cache held.</summary>
    /// <example>1200</example>
    [JsonPropertyName("input_tokens")] public required long InputTokens { get; init; }

    /// <summary>Output tokens, thinking included.</summary>
    /// <example>450</example>
    [JsonPropertyName("output_tokens")] public required long OutputTokens { get; init; }

    /// <summary>Input tokens written into a cache.</summary>
    /// <example>0</example>
    [JsonPropertyName("cache_creation_input_tokens")] public required long CacheCreationInputTokens { get; init; }

    /// <summary>Input tokens read from a cache.</summary>
    /// <example>0</example>
    [JsonPropertyName("cache_read_input_tokens")] public required long CacheReadInputTokens { get; init; }

    /// <summary>Null where nothing in the line has a known price; in totals also where there are several currencies.</summary>
    /// <example>"0.01035"</example>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal? Cost { get; init; }

    /// <summary>The currency of the cost, three capital letters; null where the cost is.</summary>
    /// <example>USD</example>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Currency { get; init; }

    /// <summary>Requests in this line whose price is unknown; they are not in its cost.</summary>
    /// <example>0</example>
    [JsonPropertyName("unpriced_requests")] public required long UnpricedRequests { get; init; }

    /// <summary>In totals over several currencies: the cost by currency, which no one sum can say.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public IReadOnlyDictionary<string, decimal>? Costs { get; init; }
}
