using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.Admin;

/// <summary>A team or an organisation as the admin API shows it.</summary>
public sealed record GroupView
{
    [JsonPropertyName("id")] public required string Id { get; init; }
    [JsonPropertyName("name")] public string? Name { get; init; }
    [JsonPropertyName("parent")] public string? Parent { get; init; }
    [JsonPropertyName("createdAt")] public required DateTimeOffset CreatedAt { get; init; }
    [JsonPropertyName("limits")] public KeyLimits? Limits { get; init; }
    [JsonPropertyName("budget")] public KeyBudget? Budget { get; init; }
    [JsonPropertyName("metadata")] public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>How its limits and budget stand; not in lists.</summary>
    [JsonPropertyName("status")] public AccountStatus? Status { get; init; }
}
