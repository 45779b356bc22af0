using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.AdminConsole.Api;

/// <summary>A line of a usage report: what it is grouped by, and sums.</summary>
public sealed record UsageLine
{
    [JsonPropertyName("key_id")] public string? KeyId { get; init; }
    [JsonPropertyName("team_id")] public string? TeamId { get; init; }
    [JsonPropertyName("organization_id")] public string? OrganizationId { get; init; }
    public string? Model { get; init; }
    public string? Provider { get; init; }
    public DateOnly? Day { get; init; }
    public long Requests { get; init; }
    [JsonPropertyName("input_tokens")] public long InputTokens { get; init; }
    [JsonPropertyName("output_tokens")] public long OutputTokens { get; init; }
    [JsonPropertyName("cache_creation_input_tokens")] public long CacheCreationInputTokens { get; init; }
    [JsonPropertyName("cache_read_input_tokens")] public long CacheReadInputTokens { get; init; }

    /// <summary>Null where nothing has a known price, and in totals over several currencies, which <see cref="Costs"/> has.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public decimal? Cost { get; init; }
    public string? Currency { get; init; }
    [JsonPropertyName("unpriced_requests")] public long UnpricedRequests { get; init; }

    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public IReadOnlyDictionary<string, decimal>? Costs { get; init; }

    /// <summary>What else it is grouped by: user, session, tags.</summary>
    [JsonExtensionData] public Dictionary<string, JsonElement>? Others { get; set; }

    [JsonIgnore] public long AllInput => InputTokens + CacheCreationInputTokens + CacheReadInputTokens;

    /// <summary>The cost by currency; empty where there is none.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, decimal> Money =>
        Costs ?? (Cost is { } cost && Currency is { } currency ? new Dictionary<string, decimal> { [currency] = cost } : new Dictionary<string, decimal>());

    /// <summary>What stands in the column of a grouping; null where nothing is known.</summary>
    public string? Value(string by) => by switch
    {
        "key" => KeyId,
        "team" => TeamId,
        "organization" => OrganizationId,
        "model" => Model,
        "provider" => Provider,
        "day" => Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => Others?.TryGetValue(by, out var value) is true && value.ValueKind == JsonValueKind.String ? value.GetString() : null,
    };
}
