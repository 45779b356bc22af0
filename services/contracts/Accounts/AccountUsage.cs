using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>An account's roll-ups.</summary>
public sealed record AccountUsage
{
    [JsonPropertyName("rows")] public IReadOnlyList<UsageRow> Rows { get; set; } = [];
}
