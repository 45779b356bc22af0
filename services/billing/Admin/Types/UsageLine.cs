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

    /// <summary>With <c>groupBy=hour</c>: when the hour began, in UTC; missing for requests of before hours were kept.</summary>
    /// <example>2026-11-29T13:00:00+00:00</example>
    public DateTimeOffset? Hour { get; init; }

    /// <summary>With <c>groupBy=user</c>: the user as the events have it; missing for requests that name none.</summary>
    /// <example>5d0c1f6f2a8e4b7f9a3e1c2d4b5a6978</example>
    public string? User { get; init; }

    /// <summary>With <c>groupBy=session</c>: the session; missing for requests that name none.</summary>
    public string? Session { get; init; }

    /// <summary>With <c>groupBy=agent</c>: the agent; missing for requests that name none.</summary>
    public string? Agent { get; init; }

    /// <summary>With <c>groupBy=request_class</c>: the class; missing for requests that name none.</summary>
    /// <example>main</example>
    [JsonPropertyName("request_class")] public string? RequestClass { get; init; }

    /// <summary>With <c>groupBy=tag:</c> and a name: the values of those tags that the requests have.</summary>
    /// <example>{"project":"search"}</example>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

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
