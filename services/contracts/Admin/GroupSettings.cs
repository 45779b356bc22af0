using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.Admin;

/// <summary>What an admin decides about a team or an organisation: the body of its creation, and the document that a merge patch changes.</summary>
public sealed record GroupSettings
{
    [JsonPropertyName("name")] public string? Name { get; init; }

    /// <summary>A team's organisation. It is given at creation and stays: the keys' records name it.</summary>
    [JsonPropertyName("parent")] public string? Parent { get; init; }
    [JsonPropertyName("limits")] public KeyLimits? Limits { get; init; }
    [JsonPropertyName("budget")] public KeyBudget? Budget { get; init; }
    [JsonPropertyName("metadata")] public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
