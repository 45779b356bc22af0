using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

public sealed record UsageReceipt
{
    /// <summary>The event had been recorded before; nothing changed.</summary>
    [JsonPropertyName("duplicate")] public required bool Duplicate { get; init; }
}
